-- A remittance's page added up each line and each transfer of the set: two tenths of a second where it decides
-- ten thousand claims. What the set says is added up when it is balanced, and what it moved when it is posted,
-- so both are kept with it; nothing of either changes afterwards.

alter table remittances
    add column services integer not null default 0 check (services >= 0),
    add column services_charged numeric(14,2) not null default 0,
    add column services_adjusted numeric(14,2) not null default 0,
    add column services_paid numeric(14,2) not null default 0,
    add column claims_adjusted numeric(14,2) not null default 0;
comment on column remittances.services is 'SVCs. These five are zero where the set was held before they were kept.';
comment on column remittances.services_charged is 'Sum of SVC02.';
comment on column remittances.services_adjusted is 'Sum of the services'' CAS.';
comment on column remittances.services_paid is 'Sum of SVC03.';
comment on column remittances.claims_adjusted is 'Sum of all CAS, of claims and services.';

create table remit_movements (
    organization_id uuid not null,
    remittance_id uuid not null,
    account account_number not null,
    debits numeric(14,2) not null check (debits >= 0),
    credits numeric(14,2) not null check (credits >= 0),
    posting_id uuid not null,
    primary key (organization_id, remittance_id, account),
    foreign key (organization_id, remittance_id) references remittances (organization_id, id),
    foreign key (organization_id, account) references accounts (organization_id, number),
    -- Its link is written last.
    foreign key (organization_id, posting_id) references chain_links (organization_id, posting_id)
        deferrable initially deferred
);
comment on table remit_movements is
    'What a set moved on each account when it was posted. One that was taken back keeps what it had moved.';
comment on column remit_movements.posting_id is 'The posting of the set: its entries moved this.';
select tenant_table('remit_movements');
select append_only('remit_movements');

alter table remittances no force row level security;
alter table remit_claims no force row level security;
alter table remit_lines no force row level security;
alter table provider_adjustments no force row level security;
alter table entries no force row level security;
alter table transfers no force row level security;
alter table chain_links no force row level security;
alter table remit_movements no force row level security;
update remittances r
set (services, services_charged, services_adjusted, services_paid, claims_adjusted)
    = (s.services, s.services_charged, s.services_adjusted, s.services_paid, s.claims_adjusted)
from (
    select rc.organization_id, rc.remittance_id, coalesce(sum(l.services), 0) as services,
        coalesce(sum(l.charged), 0) as services_charged, coalesce(sum(l.adjusted), 0) as services_adjusted,
        coalesce(sum(l.paid), 0) as services_paid, sum(own.adjusted) + coalesce(sum(l.adjusted), 0) as claims_adjusted
    from remit_claims rc
    cross join lateral (select coalesce(sum((one ->> 'amount')::numeric), 0) as adjusted
        from jsonb_array_elements(rc.adjustments) as one) own
    left join (
        select l.organization_id, l.remit_claim_id, count(*) as services, sum(l.charged) as charged,
            sum(a.adjusted) as adjusted, sum(l.paid) as paid
        from remit_lines l
        cross join lateral (select coalesce(sum((one ->> 'amount')::numeric), 0) as adjusted
            from jsonb_array_elements(l.adjustments) as one) a
        group by 1, 2) l on l.organization_id = rc.organization_id and l.remit_claim_id = rc.id
    group by 1, 2) s
where s.organization_id = r.organization_id and s.remittance_id = r.id;
insert into remit_movements (organization_id, remittance_id, account, debits, credits, posting_id)
select s.organization_id, s.remittance_id, leg.account, sum(leg.debit), sum(leg.credit), s.posting_id
from (
    select distinct d.organization_id, d.remittance_id, e.posting_id
    from (
        select organization_id, remittance_id, 'remit_claim' as kind, id from remit_claims
        union all
        select organization_id, remittance_id, 'provider_adjustment', id from provider_adjustments
        union all
        select organization_id, id, 'remit_override', id from remittances) d
    join entries e on e.organization_id = d.organization_id and e.source_kind = d.kind and e.source_id = d.id) s
join chain_links l on l.organization_id = s.organization_id and l.posting_id = s.posting_id
join entries e on e.organization_id = l.organization_id and e.id between l.first_entry_id and l.last_entry_id
    and e.posting_id = l.posting_id
join transfers t on t.organization_id = e.organization_id and t.entry_id = e.id
cross join lateral (values (t.debit_account, t.amount, 0), (t.credit_account, 0, t.amount))
    as leg (account, debit, credit)
group by 1, 2, 3, 6;
alter table remittances force row level security;
alter table remit_claims force row level security;
alter table remit_lines force row level security;
alter table provider_adjustments force row level security;
alter table entries force row level security;
alter table transfers force row level security;
alter table chain_links force row level security;
alter table remit_movements force row level security;
grant update (services, services_charged, services_adjusted, services_paid, claims_adjusted) on remittances
    to firstpass_service;

create or replace function remittance_is_posted_once() returns trigger
language plpgsql as $$
begin
    if old.state in ('posted', 'partly_posted', 'unposted') and (
        new.state not in ('posted', 'partly_posted', 'unposted')
        or (old.state = 'unposted' and new.state <> 'unposted')
        or (new.payer_trace_id, new.trace_number, new.paid, new.claims, new.charged, new.claims_paid,
            new.provider_adjustments, new.patient_responsibility, new.allowed, new.difference, new.posted_at,
            new.services, new.services_charged, new.services_adjusted, new.services_paid, new.claims_adjusted)
            is distinct from
           (old.payer_trace_id, old.trace_number, old.paid, old.claims, old.charged, old.claims_paid,
            old.provider_adjustments, old.patient_responsibility, old.allowed, old.difference, old.posted_at,
            old.services, old.services_charged, old.services_adjusted, old.services_paid, old.claims_adjusted)) then
        raise exception 'remittance % is posted', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
