-- The two functions through which every later migration says what kind of table it makes.
-- Only the owner calls them.

revoke create on schema public from public;
grant usage on schema public to firstpass_service;
-- So that the service can refuse to start on an older schema.
grant select on __diesel_schema_migrations to firstpass_service;

create function tenant_table(target regclass, privileges text default 'select, insert') returns void
language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s'
        ' using (organization_id = (select nullif(current_setting(''app.organization'', true), '''')::uuid))'
        ' with check (organization_id = (select nullif(current_setting(''app.organization'', true), '''')::uuid))',
        target);
    execute format('grant %s on %s to firstpass_service', privileges, target);
end
$$;
comment on function tenant_table(regclass, text) is
    'Makes a table one practice''s own: forced row level security by app.organization, and the service''s privileges.';

create function refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
        using errcode = 'restrict_violation', hint = 'Correct it by adding a row.';
end
$$;
comment on function refuse_change() is 'The trigger of append_only: raises for everybody, the owner included.';

create function append_only(target regclass) returns void
language plpgsql as $$
begin
    execute format('revoke update, delete, truncate on %s from public, firstpass_service', target);
    execute format(
        'create trigger append_only_rows before update or delete on %s'
        ' for each row execute function refuse_change()', target);
    execute format(
        'create trigger append_only_table before truncate on %s'
        ' for each statement execute function refuse_change()', target);
    execute format('alter table %s enable always trigger append_only_rows', target);
    execute format('alter table %s enable always trigger append_only_table', target);
end
$$;
comment on function append_only(regclass) is
    'Rows of the table are written once: no privilege to change them, and a trigger that refuses the owner too.';

revoke execute on function tenant_table(regclass, text), append_only(regclass), refuse_change() from public;
