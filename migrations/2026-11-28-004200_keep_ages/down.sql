drop index open_balances_owed;
create or replace function follow_open_balances() returns trigger
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
alter table open_balances drop column charged_on, drop column moved_on;
