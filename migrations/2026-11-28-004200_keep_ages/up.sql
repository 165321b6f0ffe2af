-- A report by age asks of what is open how old it is. With a long history the answer was read from every
-- transfer; now each open balance keeps since when it has moved, and since when charges have.

lock table entries, transfers, chain_links, open_balances in access exclusive mode;

alter table open_balances add column moved_on date, add column charged_on date;
comment on column open_balances.moved_on is 'The first business date of anything that moved on it.';
comment on column open_balances.charged_on is 'The first business date of a charge on it; null when it has none.';

-- What nets to nothing in one posting has a row, too: it has moved.
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

alter table entries no force row level security;
alter table transfers no force row level security;
alter table open_balances no force row level security;
insert into open_balances as b (organization_id, claim_id, account, owner_id, amount, moved_on, charged_on)
select t.organization_id, coalesce(t.claim_id, '00000000-0000-0000-0000-000000000000'), l.account,
    coalesce(case l.account when 1110 then t.payer_id else t.patient_id end, '00000000-0000-0000-0000-000000000000'),
    sum(l.amount), min(e.effective_on), min(e.effective_on) filter (where l.other = 4010)
from transfers t
join entries e on e.organization_id = t.organization_id and e.id = t.entry_id
cross join lateral (values
    (t.debit_account, t.credit_account, t.amount),
    (t.credit_account, t.debit_account, -t.amount)) as l (account, other, amount)
where l.account in (1110, 1120, 2030)
group by 1, 2, 3, 4
-- The amount stays what was kept: the proofs compare it, a migration mends nothing.
on conflict (organization_id, claim_id, account, owner_id) do update
set moved_on = excluded.moved_on, charged_on = excluded.charged_on;
alter table entries force row level security;
alter table transfers force row level security;
alter table open_balances force row level security;

create index open_balances_owed on open_balances (organization_id, account, amount) include (claim_id, owner_id)
    where account in (1110, 1120) and amount <> 0;
comment on index open_balances_owed is 'What reports by age and rules of small balances look at; the settled past is not in it.';
