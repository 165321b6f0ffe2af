drop table remit_unpostings;
create or replace function remittance_is_posted_once() returns trigger
language plpgsql as $$
begin
    if old.state in ('posted', 'partly_posted') and (
        new.state not in ('posted', 'partly_posted')
        or (new.payer_trace_id, new.trace_number, new.paid, new.claims, new.charged, new.claims_paid,
            new.provider_adjustments, new.difference, new.posted_at)
            is distinct from
           (old.payer_trace_id, old.trace_number, old.paid, old.claims, old.charged, old.claims_paid,
            old.provider_adjustments, old.difference, old.posted_at)) then
        raise exception 'remittance % is posted', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
drop index remittances_of_file;
alter table remittances
    drop constraint remittances_moved_when_posted,
    add constraint remittances_check1 check ((state in ('posted', 'partly_posted')) = (posted_at is not null)),
    drop constraint remittances_state_check,
    add constraint remittances_state_check check (state in ('held', 'posted', 'partly_posted', 'duplicate')),
    add unique (organization_id, file_id, set_ordinal);
