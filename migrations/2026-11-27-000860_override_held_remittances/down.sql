create or replace function remittance_is_posted_once() returns trigger
language plpgsql as $$
begin
    if old.state in ('posted', 'partly_posted') and (
        new.state not in ('posted', 'partly_posted')
        or (new.payer_trace_id, new.trace_number, new.paid, new.claims, new.charged, new.claims_paid,
            new.provider_adjustments, new.posted_at)
            is distinct from
           (old.payer_trace_id, old.trace_number, old.paid, old.claims, old.charged, old.claims_paid,
            old.provider_adjustments, old.posted_at)) then
        raise exception 'remittance % is posted', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
drop table remit_overrides;
drop index remittances_posted_once;
create unique index remittances_posted_once on remittances
    (organization_id, payer_trace_id, trace_number, paid, coalesce(paid_on, '0001-01-01'))
    where state in ('posted', 'partly_posted');
alter table remittances
    drop constraint remittances_ready_is_held,
    drop constraint remittances_adds_up,
    drop column ready,
    drop column difference,
    add constraint remittances_check2 check (state in ('held', 'duplicate') or paid = claims_paid - provider_adjustments);
