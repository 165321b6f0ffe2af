alter table remittances
    drop constraint remittances_state_check,
    add constraint remittances_state_check
        check (state in ('held', 'posted', 'partly_posted', 'duplicate', 'unposted')),
    drop constraint remittances_check1,
    add constraint remittances_moved_when_posted
        check ((state in ('posted', 'partly_posted', 'unposted')) = (posted_at is not null)),
    drop constraint remittances_organization_id_file_id_set_ordinal_key;
-- A set that was unposted and posted again is a remittance of its own.
create unique index remittances_of_file on remittances (organization_id, file_id, set_ordinal)
    where state <> 'unposted';

create or replace function remittance_is_posted_once() returns trigger
language plpgsql as $$
begin
    if old.state in ('posted', 'partly_posted', 'unposted') and (
        new.state not in ('posted', 'partly_posted', 'unposted')
        or (old.state = 'unposted' and new.state <> 'unposted')
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

create table remit_unpostings (
    organization_id uuid not null,
    remittance_id uuid not null,
    reason text not null check (char_length(btrim(reason)) between 10 and 500),
    entries integer not null check (entries >= 0),
    unposted_by text not null,
    unposted_at timestamptz not null default now(),
    primary key (organization_id, remittance_id),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id)
);
comment on table remit_unpostings is 'Posted sets that a person took back: who and why. Each of their entries has its exact reversal.';
select tenant_table('remit_unpostings');
select append_only('remit_unpostings');
