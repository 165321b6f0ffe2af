-- Two postings at once waited for each other when they ended: what is open by visit was followed with the link,
-- while the practice's chain was locked, and each entry was asked for its link once more at the commit. A posting
-- has a row of its own now. Its first entries open it; it is closed after its last ones, and the balances follow then,
-- in the order of their key, before the chain is locked; the link says the same entries. At the commit only the
-- posting is asked for its link.

create table postings (
    organization_id uuid not null references organizations (id),
    id uuid not null,
    -- Set once, when it is closed.
    first_entry_id uuid,
    last_entry_id uuid,
    entries bigint,
    primary key (organization_id, id),
    unique (organization_id, id, first_entry_id, last_entry_id, entries),
    check (num_nulls(first_entry_id, last_entry_id, entries) in (0, 3))
);
comment on table postings is
    'What one transaction posted: open while entries is null. No entry without one, none without its link.';
select tenant_table('postings', 'select');
grant update (first_entry_id, last_entry_id, entries) on postings to firstpass_service;

alter table chain_links no force row level security;
alter table postings no force row level security;
insert into postings (organization_id, id, first_entry_id, last_entry_id, entries)
select organization_id, posting_id, first_entry_id, last_entry_id, entries from chain_links;
alter table postings force row level security;

alter table chain_links add constraint links_are_of_closed_postings
    foreign key (organization_id, posting_id, first_entry_id, last_entry_id, entries)
    references postings (organization_id, id, first_entry_id, last_entry_id, entries);
alter table chain_links force row level security;
alter table postings add constraint postings_are_linked foreign key (organization_id, id)
    references chain_links (organization_id, posting_id) deferrable initially deferred;

create function posting_is_closed_once() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.entries is not null then
            raise exception 'posting % is closed before it is begun', new.id using errcode = 'restrict_violation';
        end if;
    elsif old.entries is not null or new.entries is null
        or (new.organization_id, new.id) is distinct from (old.organization_id, old.id) then
        raise exception 'posting % is closed once', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger closed_once before insert or update on postings
    for each row execute function posting_is_closed_once();
create trigger append_only_rows before delete on postings
    for each row execute function refuse_change();
create trigger append_only_table before truncate on postings
    for each statement execute function refuse_change();

-- In the order of the key: two that close at once meet in one order, and neither has the chain yet.
create or replace function follow_open_balances() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    found_entries bigint;
begin
    select count(*) into found_entries from public.entries e
    where e.organization_id = new.organization_id and e.id between new.first_entry_id and new.last_entry_id
    and e.posting_id = new.id;
    if found_entries <> new.entries then
        raise exception 'posting % has % entries, not %', new.id, found_entries, new.entries
            using errcode = 'integrity_constraint_violation';
    end if;
    insert into public.open_balances as b
        (organization_id, claim_id, account, owner_id, amount, moved_on, charged_on)
    select organization_id, claim_id, account, owner_id, sum(amount), min(effective_on),
        min(effective_on) filter (where other = 4010)
    from (
        select e.organization_id, l.account, l.other, l.amount, e.effective_on,
            coalesce(t.claim_id, '00000000-0000-0000-0000-000000000000') as claim_id,
            coalesce(case l.account when 1110 then t.payer_id else t.patient_id end,
                '00000000-0000-0000-0000-000000000000') as owner_id
        from public.entries e
        cross join lateral (
            select * from public.transfers
            where organization_id = e.organization_id and entry_id = e.id offset 0) t
        cross join lateral (values
            (t.debit_account, t.credit_account, t.amount),
            (t.credit_account, t.debit_account, -t.amount)) as l (account, other, amount)
        where e.organization_id = new.organization_id and e.id between new.first_entry_id and new.last_entry_id
        and e.posting_id = new.id and l.account in (1110, 1120, 2030)) legs
    group by organization_id, claim_id, account, owner_id
    order by organization_id, claim_id, account, owner_id
    on conflict (organization_id, claim_id, account, owner_id) do update
    set amount = b.amount + excluded.amount, moved_on = least(b.moved_on, excluded.moved_on),
        charged_on = least(b.charged_on, excluded.charged_on);
    return null;
end
$$;
comment on function follow_open_balances() is 'Keeps open_balances: what a posting moved, when it is closed.';
drop trigger balances_follow on chain_links;
create trigger balances_follow after update on postings
    for each row execute function follow_open_balances();
alter table postings enable always trigger closed_once;
alter table postings enable always trigger append_only_rows;
alter table postings enable always trigger append_only_table;
alter table postings enable always trigger balances_follow;

create function open_posting() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into public.postings (organization_id, id)
    select distinct organization_id, posting_id from added on conflict do nothing;
    perform from (select distinct organization_id, posting_id from added) e
    join public.postings p on p.organization_id = e.organization_id and p.id = e.posting_id
    where p.entries is not null;
    if found then
        raise exception 'an entry is added to a posting that is closed' using errcode = 'restrict_violation';
    end if;
    return null;
end
$$;
comment on function open_posting() is 'Gives entries the posting that they are of.';
create trigger posting_is_open after insert on entries
    referencing new table as added for each statement execute function open_posting();
alter table entries enable always trigger posting_is_open;
alter table entries drop constraint entries_organization_id_posting_id_fkey;

-- ---- references by statement, as migration 2026-11-28-005000 has two ----

-- What is named is append-only or keeps its key and cannot be deleted, so it is asked for once, when the row
-- that names it is written. A transfer's entry is asked for its day anyway: one look answers whether it is
-- there, whether its period is open, and what its day's sums are.

create or replace function add_up_transfers() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    owner uuid;
    open_from date;
    day_sum record;
begin
    for owner in select distinct organization_id from added loop
        open_from := public.books_open_from(owner);
        for day_sum in
            with days as materialized (
                select d.entry_id, (
                    select booked_on from public.entries where organization_id = owner and id = d.entry_id) as booked_on
                from (select distinct entry_id from added where organization_id = owner) d)
            select days.booked_on, a.debit_account, a.credit_account, sum(a.amount) as amount, count(*) as transfers
            from added a join days on days.entry_id = a.entry_id
            where a.organization_id = owner
            group by days.booked_on, a.debit_account, a.credit_account
        loop
            if day_sum.booked_on is null then
                raise foreign_key_violation using
                    message = 'a transfer is of no entry', table = 'transfers', constraint = 'transfers_have_entries';
            end if;
            if day_sum.booked_on < open_from then
                raise exception 'a transfer of an entry in a closed period: the books are open from %', open_from
                    using errcode = 'restrict_violation';
            end if;
            insert into public.account_totals
                (organization_id, booked_on, debit_account, credit_account, amount, transfers, is_sum)
            values (owner, day_sum.booked_on, day_sum.debit_account, day_sum.credit_account, day_sum.amount,
                day_sum.transfers, false);
        end loop;
        if (select count(*) from (
                select from public.account_totals where organization_id = owner and not is_sum limit 500) apart) >= 500
            -- One at a time: others count what it has not committed yet, too.
            and pg_try_advisory_xact_lock(hashtext('firstpass totals'), hashtext(owner::text)) then
            with mine as (
                select organization_id, booked_on, id from public.account_totals t
                where t.organization_id = owner and t.booked_on = any (array(
                    select distinct booked_on from public.account_totals where organization_id = owner and not is_sum))
                for update skip locked),
            gone as (
                delete from public.account_totals t using mine
                where t.organization_id = mine.organization_id and t.booked_on = mine.booked_on and t.id = mine.id
                returning t.booked_on, t.debit_account, t.credit_account, t.amount, t.transfers)
            insert into public.account_totals
                (organization_id, booked_on, debit_account, credit_account, amount, transfers, is_sum)
            select owner, booked_on, debit_account, credit_account, sum(amount), sum(transfers), true
            from gone group by booked_on, debit_account, credit_account;
        end if;
    end loop;
    return null;
end
$$;
comment on function add_up_transfers() is
    'The reference of transfers to entries, whose period must be open; keeps account_totals.';
drop trigger period_is_open on transfers;
drop function refuse_transfer_into_closed_period();
alter table transfers drop constraint transfers_organization_id_entry_id_fkey;

create function refuse_orphans() returns trigger
language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
declare
    -- The column, the table that it refers to, the column there, and what is said of a row that names nothing.
    child text := tg_argv[0];
    parent text := tg_argv[1];
    key text := tg_argv[2];
    orphan boolean;
begin
    execute format(
        'select exists (
            select from (select distinct organization_id, %1$I as id from added where %1$I is not null) a
            where (select 1 from public.%2$I p where p.organization_id = a.organization_id and p.%3$I = a.id) is null)',
        child, parent, key) into orphan;
    if orphan then
        raise foreign_key_violation using
            message = tg_argv[3], table = tg_table_name, column = child, constraint = tg_name;
    end if;
    return null;
end
$$;
comment on function refuse_orphans() is 'The trigger of reference_by_statement.';

create function reference_by_statement(target regclass, name text, child text, parent text, key text, says text)
returns void language plpgsql as $$
begin
    execute format(
        'create trigger %I after insert on %s referencing new table as added for each statement'
        ' execute function refuse_orphans(%L, %L, %L, %L)', name, target, child, parent, key, says);
    execute format('alter table %s enable always trigger %I', target, name);
end
$$;
comment on function reference_by_statement(regclass, text, text, text, text, text) is
    'Refuses rows whose column names nothing of their practice, asked once a statement: for what is append-only.';

select reference_by_statement('remit_claims', 'decisions_have_remittances', 'remittance_id', 'remittances', 'id',
    'a decision is of no remittance');
select reference_by_statement('remit_claims', 'decisions_have_claims', 'claim_id', 'claim_standings', 'claim_id',
    'a decision names a claim that is not there');

-- Which claim it is about is all of this that changes, rarely, and by a row.
create function refuse_match_of_nothing() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if not exists (
        select from public.claim_standings where organization_id = new.organization_id and claim_id = new.claim_id) then
        raise foreign_key_violation using
            message = 'a decision names a claim that is not there', table = 'remit_claims',
            constraint = 'decisions_have_claims';
    end if;
    return null;
end
$$;
comment on function refuse_match_of_nothing() is 'The reference of remit_claims to claim_standings, when it changes.';
create trigger rematched_decisions_have_claims after update on remit_claims
    for each row when (new.claim_id is not null and new.claim_id is distinct from old.claim_id)
    execute function refuse_match_of_nothing();
alter table remit_claims enable always trigger rematched_decisions_have_claims;
create trigger append_only_rows before delete or update of organization_id, id, remittance_id on remit_claims
    for each row execute function refuse_change();
create trigger append_only_table before truncate on remit_claims
    for each statement execute function refuse_change();
alter table remit_claims enable always trigger append_only_rows;
alter table remit_claims enable always trigger append_only_table;
alter table remit_claims drop constraint remit_claims_organization_id_claim_id_fkey,
    drop constraint remit_claims_organization_id_remittance_id_fkey;
create trigger append_only_rows before delete or update of organization_id, id on remittances
    for each row execute function refuse_change();
create trigger append_only_table before truncate on remittances
    for each statement execute function refuse_change();
alter table remittances enable always trigger append_only_rows;
alter table remittances enable always trigger append_only_table;

select reference_by_statement('remit_lines', 'lines_have_decisions', 'remit_claim_id', 'remit_claims', 'id',
    'a line is of no decision');
alter table remit_lines drop constraint remit_lines_organization_id_remit_claim_id_fkey;

drop trigger events_have_claims on claim_events;
drop function refuse_events_of_no_claim();
select reference_by_statement('claim_events', 'events_have_claims', 'claim_id', 'claim_standings', 'claim_id',
    'an event names a claim that is not there');
select reference_by_statement('claim_events', 'events_have_files', 'file_id', 'files', 'id',
    'an event names a file that is not there');
alter table claim_events drop constraint claim_events_organization_id_file_id_fkey;

revoke execute on function posting_is_closed_once(), open_posting(), refuse_orphans(), refuse_match_of_nothing(),
    reference_by_statement(regclass, text, text, text, text, text) from public;

-- ---- the same checks, in a fifth of the time a regular expression takes ----

alter table claim_events
    drop constraint claim_events_event_check,
    drop constraint claim_events_source_kind_check,
    add constraint claim_events_event_check
        check (event <> '' and translate(event, 'abcdefghijklmnopqrstuvwxyz_', '') = ''),
    add constraint claim_events_source_kind_check
        check (source_kind <> '' and translate(source_kind, 'abcdefghijklmnopqrstuvwxyz_', '') = '');
