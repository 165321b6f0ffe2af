create or replace function remittance_is_posted_once() returns trigger
language plpgsql as $$
begin
    if old.state in ('posted', 'partly_posted', 'unposted') and (
        new.state not in ('posted', 'partly_posted', 'unposted')
        or (old.state = 'unposted' and new.state <> 'unposted')
        or (new.payer_trace_id, new.trace_number, new.paid, new.claims, new.charged, new.claims_paid,
            new.provider_adjustments, new.patient_responsibility, new.allowed, new.difference, new.posted_at)
            is distinct from
           (old.payer_trace_id, old.trace_number, old.paid, old.claims, old.charged, old.claims_paid,
            old.provider_adjustments, old.patient_responsibility, old.allowed, old.difference, old.posted_at)) then
        raise exception 'remittance % is posted', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
drop table remit_movements;
alter table remittances drop column claims_adjusted, drop column services_paid, drop column services_adjusted,
    drop column services_charged, drop column services;
