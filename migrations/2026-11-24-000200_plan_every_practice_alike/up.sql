-- Every query of a practice begins with its organization_id. Where statistics are older than the
-- practice, the planner takes it for empty: all indexes look alike to it, and a join reads the
-- whole practice once for each row. Without statistics of that one column every practice is
-- planned alike, the only one and the newest one too.
create or replace function tenant_table(target regclass, privileges text default 'select, insert') returns void
language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('alter table %s alter column organization_id set statistics 0', target);
    execute format(
        'create policy tenant on %s'
        ' using (organization_id = (select nullif(current_setting(''app.organization'', true), '''')::uuid))'
        ' with check (organization_id = (select nullif(current_setting(''app.organization'', true), '''')::uuid))',
        target);
    execute format('grant %s on %s to firstpass_service', privileges, target);
end
$$;
comment on function tenant_table(regclass, text) is
    'Makes a table one practice''s own: forced row level security by app.organization, the service''s privileges, and plans that do not depend on which practice asks.';

do $$
declare
    target regclass;
begin
    for target in
        select oid from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relrowsecurity
    loop
        execute format('alter table %s alter column organization_id set statistics 0', target);
    end loop;
end
$$;
