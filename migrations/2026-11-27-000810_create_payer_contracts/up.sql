-- What a payer and the practice agreed on: which list of prices, from when, and how prices combine.

-- For "no two contracts of a payer on one day": equality of ids in an exclusion constraint.
create extension if not exists btree_gist;

create table payer_contracts (
    organization_id uuid not null,
    id uuid not null,
    payer_id uuid not null,
    schedule_id uuid not null,
    name text not null check (char_length(name) between 1 and 80 and name = btrim(name)),
    state text not null check (state in ('in_force', 'proposed')),
    valid_from date not null,
    valid_to date,
    schedule_percent numeric(7,3) not null check (schedule_percent > 0 and schedule_percent <= 1000),
    charge_percent numeric(6,3) check (charge_percent > 0 and charge_percent <= 100),
    lesser_of_charge boolean not null,
    reductions numeric(6,3)[] not null
        check (cardinality(reductions) between 1 and 10 and 0 <= all (reductions) and 100 >= all (reductions)),
    ranked_procedures text[] not null check (cardinality(ranked_procedures) <= 2000),
    bilateral_percent numeric(6,3) not null check (bilateral_percent between 100 and 200),
    assistant_percent numeric(6,3) not null check (assistant_percent between 0 and 100),
    nonphysician_percent numeric(6,3) not null check (nonphysician_percent between 0 and 100),
    cosurgeon_percent numeric(6,3) not null check (cosurgeon_percent between 0 and 100),
    modifier_percents jsonb not null check (jsonb_typeof(modifier_percents) = 'object'),
    tolerance numeric(14,2) not null check (tolerance between 0 and 99999.99),
    created_at timestamptz not null,
    created_by text not null check (created_by ~ '^(usr|key)_[0-9a-z]{26}$' or created_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, id),
    unique (organization_id, name),
    foreign key (organization_id, payer_id) references payers (organization_id, id),
    foreign key (organization_id, schedule_id) references fee_schedules (organization_id, id),
    check (valid_to >= valid_from),
    constraint payer_contracts_one_a_day exclude using gist
        (organization_id with =, payer_id with =, daterange(valid_from, valid_to, '[]') with &&)
        where (state = 'in_force')
);
comment on table payer_contracts is
    'Agreements with payers. Terms are never changed: a contract ends, and another begins.';
comment on column payer_contracts.state is 'proposed: for asking what it would pay; it expects nothing of anybody.';
comment on column payer_contracts.valid_to is 'The last day of service; null while no end is agreed.';
comment on column payer_contracts.charge_percent is 'Of the charge, for what the schedule lacks; null: not priced.';
comment on column payer_contracts.reductions is
    'Percent of the first, second and further procedures of a day; the last stands for all that follow.';
comment on column payer_contracts.ranked_procedures is
    'Codes, ranges (20000-29999) and beginnings (993*) that are reduced, where the schedule does not say.';
comment on column payer_contracts.nonphysician_percent is 'AS: of the assistant''s percent (IOM 100-04, 12, 110.2).';
comment on column payer_contracts.modifier_percents is 'Modifier to percent: {"52": "50"}.';
comment on column payer_contracts.tolerance is 'What a line may be allowed below the contract before it is work.';
select tenant_table('payer_contracts');
grant update (state, valid_to) on payer_contracts to firstpass_service;
