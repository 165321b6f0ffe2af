alter table remittances
    add column difference numeric(14,2) not null default 0,
    add column ready boolean not null default false,
    drop constraint remittances_check2,
    add constraint remittances_adds_up check
        (state in ('held', 'duplicate') or paid = claims_paid - provider_adjustments + difference),
    add constraint remittances_ready_is_held check (not ready or state = 'held');
comment on column remittances.difference is
    'What the payment is more than its claims less its provider adjustments: in suspense, because a person posted it all the same.';
comment on column remittances.ready is 'It adds up and nothing stops it but the payer''s rule: a person looks and posts it.';
grant update (difference, ready) on remittances to firstpass_service;

-- A trace number may be used again by a payer that numbers carelessly: the same payment is also for the same claims.
drop index remittances_posted_once;
create unique index remittances_posted_once on remittances
    (organization_id, payer_trace_id, trace_number, paid, claims, charged, claims_paid, coalesce(paid_on, '0001-01-01'))
    where state in ('posted', 'partly_posted');

create table remit_overrides (
    organization_id uuid not null,
    remittance_id uuid not null,
    reason text not null check (char_length(btrim(reason)) between 10 and 500),
    difference numeric(14,2) not null,
    why jsonb not null,
    overridden_by text not null,
    overridden_at timestamptz not null default now(),
    primary key (organization_id, remittance_id),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id)
);
comment on table remit_overrides is 'Held sets that a person posted all the same: who, why, and what did not add up.';
comment on column remit_overrides.difference is 'What went to suspense.';
comment on column remit_overrides.why is 'What had held it: each failing equation with its numbers and byte offsets.';
select tenant_table('remit_overrides');
select append_only('remit_overrides');

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
