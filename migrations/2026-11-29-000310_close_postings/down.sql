alter table claim_events
    drop constraint claim_events_event_check,
    drop constraint claim_events_source_kind_check,
    add constraint claim_events_event_check check (event ~ '^[a-z_]+$'),
    add constraint claim_events_source_kind_check check (source_kind ~ '^[a-z_]+$');

alter table claim_events add foreign key (organization_id, file_id) references files (organization_id, id);
drop trigger events_have_files on claim_events;
drop trigger events_have_claims on claim_events;
create function refuse_events_of_no_claim() returns trigger
language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
begin
    perform from added e
    where (select 1 from public.claim_standings s
           where s.organization_id = e.organization_id and s.claim_id = e.claim_id) is null
    limit 1;
    if found then
        raise foreign_key_violation using
            message = 'an event names a claim that is not there', table = 'claim_events',
            constraint = 'events_have_claims';
    end if;
    return null;
end
$$;
comment on function refuse_events_of_no_claim() is 'The reference of claim_events to claim_standings.';
revoke execute on function refuse_events_of_no_claim() from public;
create trigger events_have_claims after insert on claim_events
    referencing new table as added for each statement execute function refuse_events_of_no_claim();
alter table claim_events enable always trigger events_have_claims;

alter table remit_lines
    add foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id);
drop trigger lines_have_decisions on remit_lines;

drop trigger append_only_table on remittances;
drop trigger append_only_rows on remittances;
alter table remit_claims
    add foreign key (organization_id, claim_id) references claim_standings (organization_id, claim_id),
    add foreign key (organization_id, remittance_id) references remittances (organization_id, id);
drop trigger append_only_table on remit_claims;
drop trigger append_only_rows on remit_claims;
drop trigger rematched_decisions_have_claims on remit_claims;
drop trigger decisions_have_claims on remit_claims;
drop trigger decisions_have_remittances on remit_claims;
drop function refuse_match_of_nothing();
drop function reference_by_statement(regclass, text, text, text, text, text);
drop function refuse_orphans();

alter table transfers add foreign key (organization_id, entry_id) references entries (organization_id, id);
create function refuse_transfer_into_closed_period() returns trigger
language plpgsql as $$
declare
    owner uuid;
    open_from date;
begin
    for owner in select distinct organization_id from added loop
        open_from := public.books_open_from(owner);
        if open_from > '-infinity' and exists (
            select from added a
            join public.entries e on e.organization_id = a.organization_id and e.id = a.entry_id
            where a.organization_id = owner and e.booked_on < open_from) then
            raise exception 'a transfer of an entry in a closed period: the books are open from %', open_from
                using errcode = 'restrict_violation';
        end if;
    end loop;
    return null;
end
$$;
comment on function refuse_transfer_into_closed_period() is 'Nor does an entry in a closed period move anything more.';
revoke execute on function refuse_transfer_into_closed_period() from public;
create trigger period_is_open after insert on transfers
    referencing new table as added for each statement execute function refuse_transfer_into_closed_period();
alter table transfers enable always trigger period_is_open;
create or replace function add_up_transfers() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    owner uuid;
begin
    insert into public.account_totals
        (organization_id, booked_on, debit_account, credit_account, amount, transfers, is_sum)
    select a.organization_id, e.booked_on, a.debit_account, a.credit_account, sum(a.amount), sum(a.transfers), false
    from (
        select organization_id, entry_id, debit_account, credit_account, sum(amount) as amount, count(*) as transfers
        from added group by organization_id, entry_id, debit_account, credit_account) a
    cross join lateral (
        select booked_on from public.entries
        where organization_id = a.organization_id and id = a.entry_id offset 0) e
    group by a.organization_id, e.booked_on, a.debit_account, a.credit_account;

    for owner in select distinct organization_id from added loop
        if (select count(*) from (
                select from public.account_totals where organization_id = owner and not is_sum limit 500) apart) = 500
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
comment on function add_up_transfers() is 'Keeps account_totals.';

drop trigger balances_follow on postings;
create or replace function follow_open_balances() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
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
        and e.posting_id = new.posting_id and l.account in (1110, 1120, 2030)) legs
    group by organization_id, claim_id, account, owner_id
    order by organization_id, claim_id, account, owner_id
    on conflict (organization_id, claim_id, account, owner_id) do update
    set amount = b.amount + excluded.amount, moved_on = least(b.moved_on, excluded.moved_on),
        charged_on = least(b.charged_on, excluded.charged_on);
    return null;
end
$$;
comment on function follow_open_balances() is 'Keeps open_balances: what a posting moved, with its link.';
create trigger balances_follow after insert on chain_links
    for each row execute function follow_open_balances();
alter table chain_links enable always trigger balances_follow;

alter table entries add foreign key (organization_id, posting_id) references chain_links (organization_id, posting_id)
    deferrable initially deferred;
drop trigger posting_is_open on entries;
drop function open_posting();
alter table chain_links drop constraint links_are_of_closed_postings;
drop table postings;
drop function posting_is_closed_once();
