-- What a payer says that patients owe, and what it says that it allowed, moves nothing by itself, so the
-- books say nothing of it. The sums of a set, kept beside its other sums, tell when one of them was changed.

alter table remittances
    add column patient_responsibility numeric(14,2) not null default 0,
    add column allowed numeric(14,2) not null default 0;
comment on column remittances.patient_responsibility is 'Sum of CLP05.';
comment on column remittances.allowed is 'Sum of what is stated as allowed (AMT*B6).';

alter table remittances no force row level security;
alter table remit_claims no force row level security;
alter table remit_lines no force row level security;
update remittances r set (patient_responsibility, allowed) = (s.patient_responsibility, s.allowed)
from (
    select rc.organization_id, rc.remittance_id, sum(rc.patient_responsibility) as patient_responsibility,
        coalesce(sum(l.allowed), 0) as allowed
    from remit_claims rc
    left join (
        select organization_id, remit_claim_id, sum(allowed) as allowed from remit_lines group by 1, 2) l
        on l.organization_id = rc.organization_id and l.remit_claim_id = rc.id
    group by 1, 2) s
where s.organization_id = r.organization_id and s.remittance_id = r.id;
alter table remittances force row level security;
alter table remit_claims force row level security;
alter table remit_lines force row level security;
grant update (patient_responsibility, allowed) on remittances to firstpass_service;

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
