-- What every page asks for, kept while it changes: with a million payments the sums over all transfers
-- take half a minute. The database keeps them itself, in the transaction that moves the money, whoever
-- writes; the service reads them only, and `ledger prove` holds them to the rows that they sum.
--
-- No posting waits for another before both commit. Of account_totals and status_totals no row is shared by
-- two transactions: each statement adds rows of its own, and from time to time one of them puts together
-- what it finds. The rows of open_balances are shared; they are written with the posting's link, when the
-- practice's chain is locked anyway and nothing else will be.

-- All at once, before any work: who writes one of them and then another meets this in no other order.
lock table claims, claim_standings, entries, transfers, chain_links in access exclusive mode;

-- ---- what moved between two accounts, by day of the books ----

create table account_totals (
    organization_id uuid not null references organizations (id),
    -- No sequence: one that is copied with its database and then crashes gives numbers a second time.
    id uuid not null default gen_random_uuid(),
    booked_on date not null,
    debit_account account_number not null,
    credit_account account_number not null,
    amount numeric(16, 2) not null,
    transfers bigint not null,
    -- False for what one statement moved, true for what was put together.
    is_sum boolean not null,
    primary key (organization_id, booked_on, id)
);
create index account_totals_apart on account_totals (organization_id) where not is_sum;
comment on table account_totals is
    'Sums of transfers by day of the books and pair of accounts; rows of one day and pair add up.';
select tenant_table('account_totals', 'select');

-- ---- what is open for each visit, by who owes it ----

create table open_balances (
    organization_id uuid not null references organizations (id),
    -- The visit''s account claim; zeros for what concerns none.
    claim_id uuid not null,
    account account_number not null,
    -- The payer of an insurance receivable, else the patient; zeros for nobody.
    owner_id uuid not null,
    amount numeric(14, 2) not null,
    primary key (organization_id, claim_id, account, owner_id)
);
create index open_balances_below_zero on open_balances (organization_id) where amount < 0;
create index open_balances_of_patients on open_balances (organization_id, owner_id) include (amount)
    where account = 1120 and amount <> 0;
comment on table open_balances is
    'Receivables and patients'' credits by visit and owner: positive is owed to us. Zero where it was settled.';
select tenant_table('open_balances', 'select');

create function add_up_transfers() returns trigger
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

create function follow_open_balances() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into public.open_balances as b (organization_id, claim_id, account, owner_id, amount)
    select organization_id, claim_id, account, owner_id, sum(amount)
    from (
        select e.organization_id, l.account, l.amount,
            coalesce(t.claim_id, '00000000-0000-0000-0000-000000000000') as claim_id,
            coalesce(case l.account when 1110 then t.payer_id else t.patient_id end,
                '00000000-0000-0000-0000-000000000000') as owner_id
        from public.entries e
        cross join lateral (
            select * from public.transfers
            where organization_id = e.organization_id and entry_id = e.id offset 0) t
        cross join lateral (values (t.debit_account, t.amount), (t.credit_account, -t.amount)) as l (account, amount)
        where e.organization_id = new.organization_id and e.id between new.first_entry_id and new.last_entry_id
        and e.posting_id = new.posting_id and l.account in (1110, 1120, 2030)) legs
    group by organization_id, claim_id, account, owner_id having sum(amount) <> 0
    order by organization_id, claim_id, account, owner_id
    on conflict (organization_id, claim_id, account, owner_id) do update set amount = b.amount + excluded.amount;
    return null;
end
$$;
comment on function follow_open_balances() is 'Keeps open_balances: what a posting moved, with its link.';

alter table entries no force row level security;
alter table transfers no force row level security;
alter table account_totals no force row level security;
alter table open_balances no force row level security;
insert into account_totals (organization_id, booked_on, debit_account, credit_account, amount, transfers, is_sum)
select t.organization_id, e.booked_on, t.debit_account, t.credit_account, sum(t.amount), count(*), true
from transfers t join entries e on e.organization_id = t.organization_id and e.id = t.entry_id
group by 1, 2, 3, 4;
insert into open_balances (organization_id, claim_id, account, owner_id, amount)
select t.organization_id, coalesce(t.claim_id, '00000000-0000-0000-0000-000000000000'), l.account,
    coalesce(case l.account when 1110 then t.payer_id else t.patient_id end, '00000000-0000-0000-0000-000000000000'),
    sum(l.amount)
from transfers t
cross join lateral (values (t.debit_account, t.amount), (t.credit_account, -t.amount)) as l (account, amount)
where l.account in (1110, 1120, 2030)
group by 1, 2, 3, 4;
alter table entries force row level security;
alter table transfers force row level security;
alter table account_totals force row level security;
alter table open_balances force row level security;

create trigger added_up after insert on transfers
    referencing new table as added for each statement execute function add_up_transfers();
alter table transfers enable always trigger added_up;
create trigger balances_follow after insert on chain_links
    for each row execute function follow_open_balances();
alter table chain_links enable always trigger balances_follow;

-- ---- claims by status ----

alter table claim_standings add column charged numeric(14, 2) not null default 0;
comment on column claim_standings.charged is 'As the claim has it, so that sums by status need not ask each claim.';

create table status_totals (
    organization_id uuid not null references organizations (id),
    id uuid not null default gen_random_uuid(),
    status text not null,
    claims bigint not null,
    charged numeric(16, 2) not null,
    primary key (organization_id, id)
);
comment on table status_totals is 'Claims by status, and what they charge; rows of one status add up.';
select tenant_table('status_totals', 'select');

create function put_status_totals_together(owner uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
    if (select count(*) from (
            select from public.status_totals where organization_id = owner limit 200) apart) = 200
        and pg_try_advisory_xact_lock(hashtext('firstpass statuses'), hashtext(owner::text)) then
        with mine as (
            select organization_id, id from public.status_totals where organization_id = owner
            for update skip locked),
        gone as (
            delete from public.status_totals t using mine
            where t.organization_id = mine.organization_id and t.id = mine.id
            returning t.status, t.claims, t.charged)
        insert into public.status_totals (organization_id, status, claims, charged)
        select owner, status, sum(claims), sum(charged) from gone group by status
        having sum(claims) <> 0 or sum(charged) <> 0;
    end if;
end
$$;

create function count_new_standings() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into public.status_totals (organization_id, status, claims, charged)
    select organization_id, status, count(*), sum(charged) from added group by organization_id, status;
    perform public.put_status_totals_together(organization_id) from (select distinct organization_id from added) o;
    return null;
end
$$;
create function count_changed_standings() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into public.status_totals (organization_id, status, claims, charged)
    select organization_id, status, sum(n), sum(n * charged)
    from (
        select organization_id, status, charged, -1 as n from former
        union all
        select organization_id, status, charged, 1 from added) moved
    group by organization_id, status having sum(n) <> 0 or sum(n * charged) <> 0;
    perform public.put_status_totals_together(organization_id) from (select distinct organization_id from added) o;
    return null;
end
$$;
create function carry_charge_to_standing() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    update public.claim_standings set charged = new.charged
    where organization_id = new.organization_id and claim_id = new.id;
    return null;
end
$$;

alter table claims no force row level security;
alter table claim_standings no force row level security;
alter table status_totals no force row level security;
update claim_standings s set charged = c.charged
from claims c where c.organization_id = s.organization_id and c.id = s.claim_id;
insert into status_totals (organization_id, status, claims, charged)
select organization_id, status, count(*), sum(charged) from claim_standings group by organization_id, status;
alter table claims force row level security;
alter table claim_standings force row level security;
alter table status_totals force row level security;

create trigger new_standings_counted after insert on claim_standings
    referencing new table as added for each statement execute function count_new_standings();
create trigger changed_standings_counted after update on claim_standings
    referencing old table as former new table as added for each statement execute function count_changed_standings();
create trigger charge_carried after update of charged on claims
    for each row when (old.charged is distinct from new.charged) execute function carry_charge_to_standing();
alter table claim_standings enable always trigger new_standings_counted;
alter table claim_standings enable always trigger changed_standings_counted;
alter table claims enable always trigger charge_carried;

-- ---- open denials by category ----

create index denials_open_by_category on denials (organization_id, category) include (amount)
    where state in ('open', 'working');

revoke execute on function add_up_transfers(), follow_open_balances(), put_status_totals_together(uuid), count_new_standings(),
    count_changed_standings(), carry_charge_to_standing() from public;
