-- A practice with a long history, for measuring what its size does to posting and to pages.
--
-- Everything that one practice billed and was paid is copied as often as asked, each copy a week earlier than the one
-- before: its ids keep their order by time, its numbers get the copy's number, its patients are others. Of the visits'
-- documents (`claims.content`, `.services`) the copies have none. Guards are off while it runs and are put back as
-- they were. The copies are not linked into the practice's chain, so this database proves nothing about the books.
--
-- By a superuser, on a server that nothing else uses, over a database that `firstpass bench post` has filled:
--
--     psql -v copies=97 -f benches/long_history.sql
--
-- copies the practice with the most payments 97 times. Indexes are left as they are meanwhile and built anew at the
-- end, several times as fast; give the server `maintenance_work_mem` for that. What is broken off leaves the guards
-- and the indexes off: begin anew then. The database must never serve a real practice again.
\set ON_ERROR_STOP on
set synchronous_commit = off;

create table guards_before as
select t.tgrelid::regclass::text as on_table, t.tgname, t.tgenabled
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = 'public'::regnamespace and not t.tgisinternal;

create function earlier(id uuid, weeks integer) returns uuid language sql immutable as $$
    select case when id = '00000000-0000-0000-0000-000000000000' then id else
        (lpad(to_hex(('x' || left(translate(id::text, '-', ''), 12))::bit(48)::bigint - weeks * 604800000::bigint), 12, '0')
            || substr(translate(id::text, '-', ''), 13))::uuid end
$$;
comment on function earlier(uuid, integer) is 'The same uuid v7 with its moment some weeks earlier.';

create procedure copy_history(practice uuid, copies integer) language plpgsql as $$
declare
    tables constant text[] := array(
        select t.table_name::text from information_schema.tables t where t.table_schema = 'original');
    shared constant text[] := array['organization_id', 'payer_id', 'billing_provider_id', 'rendering_provider_id',
        'referring_provider_id', 'checked_with'];
    numbers constant text[] := array['patients.account_number', 'encounters.visit_number', 'submissions.control_number',
        'batches.transaction_reference', 'remittances.trace_number',
        'remit_claims.patient_control_number', 'remit_claims.payer_claim_control_number'];
    name text;
    columns text;
    sources text;
    began timestamptz;
begin
    foreach name in array tables loop
        execute format('alter table %I disable trigger all', name);
        execute format('alter table %I no force row level security', name);
        update pg_index set indisready = false, indisvalid = false where indrelid = name::regclass;
    end loop;
    commit;
    -- The newest last, as their ids have it.
    for copy in reverse copies .. 1 loop
        began := clock_timestamp();
        foreach name in array tables loop
            select string_agg(quote_ident(c.column_name), ', ' order by c.ordinal_position),
                string_agg(case
                    when c.column_name = any (shared) then quote_ident(c.column_name)
                    when name in ('account_totals', 'status_totals') and c.column_name = 'id' then 'gen_random_uuid()'
                    when c.data_type = 'uuid' then format('earlier(%I, %s)', c.column_name, copy)
                    when c.data_type in ('date', 'timestamp with time zone') and c.column_name not in ('born_on', 'died_on')
                        then format('%I - interval ''%s weeks''', c.column_name, copy)
                    when name || '.' || c.column_name = any (numbers)
                        then format('%I || ''C%s''', c.column_name, copy)
                    when c.column_name = 'interchange_control_number'
                        then format('lpad((%I::bigint + %s000)::text, 9, ''0'')', c.column_name, copy)
                    when c.column_name = 'sha256' then format('sha256(sha256 || ''\x%s'')', lpad(to_hex(copy), 8, '0'))
                    when name = 'claims' and c.column_name = 'content' then '''{}'''
                    when name = 'claims' and c.column_name = 'services' then '''[]'''
                    else quote_ident(c.column_name) end, ', ' order by c.ordinal_position)
            into columns, sources
            from information_schema.columns c
            where c.table_schema = 'public' and c.table_name = name and c.is_generated = 'NEVER';
            execute format('insert into %I (%s) select %s from original.%I', name, columns, sources, name);
        end loop;
        commit;
        raise notice 'copy % in % s', copy, round(extract(epoch from clock_timestamp() - began), 1);
    end loop;
    foreach name in array tables loop
        began := clock_timestamp();
        execute format('reindex table %I', name);
        commit;
        raise notice '% indexed in % s', name, round(extract(epoch from clock_timestamp() - began), 1);
    end loop;
    foreach name in array tables loop
        execute format('alter table %I force row level security', name);
        execute format('alter table %I enable trigger all', name);
    end loop;
    for name in
        select format('alter table %s enable %s trigger %I', on_table, case tgenabled when 'A' then 'always' else '' end, tgname)
        from guards_before where tgenabled in ('A', 'O')
    loop
        execute name;
    end loop;
end
$$;

-- What is copied, apart: the tables grow while it is read.
create schema original;
select organization_id as practice from remit_claims group by 1 order by count(*) desc limit 1 \gset
select format('create table original.%I as select * from public.%I where organization_id = %L', t, t, :'practice')
from unnest(array['patients', 'coverages', 'files', 'encounters', 'charge_lines', 'claims', 'claim_standings',
    'claim_lines', 'claim_events', 'batches', 'submissions', 'remittances', 'remit_movements', 'remit_claims',
    'remit_lines', 'denials', 'postings', 'entries', 'transfers', 'open_balances', 'account_totals',
    'status_totals']) t
\gexec
call copy_history(:'practice', :copies);
drop procedure copy_history;
drop function earlier;
drop table guards_before;
drop schema original cascade;
vacuum analyze;
