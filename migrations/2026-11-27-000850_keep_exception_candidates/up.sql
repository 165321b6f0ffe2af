create table remit_candidates (
    organization_id uuid not null,
    exception_id uuid not null,
    rank smallint not null check (rank >= 1),
    claim_id uuid not null,
    remit_claim_id uuid,
    score smallint not null check (score between 0 and 100),
    agrees text[] not null default '{}',
    differs text[] not null default '{}',
    primary key (organization_id, exception_id, rank),
    foreign key (organization_id, exception_id) references remit_exceptions (organization_id, id),
    foreign key (organization_id, claim_id) references claims (organization_id, id),
    foreign key (organization_id, remit_claim_id) references remit_claims (organization_id, id)
);
comment on table remit_candidates is 'What an exception may be about, best first: claims of ours, or decisions that a reversal may take back.';
comment on column remit_candidates.remit_claim_id is 'The earlier decision, where one is looked for.';
comment on column remit_candidates.score is 'Sum of the weights of what agrees, of 100.';
comment on column remit_candidates.agrees is 'What the payer states and we have alike.';
comment on column remit_candidates.differs is 'What the payer states and we have otherwise.';
select tenant_table('remit_candidates');
select append_only('remit_candidates');

alter table remit_exceptions
    add column provider_adjustment_id uuid,
    add column action jsonb check (jsonb_typeof(action) = 'object'),
    add foreign key (organization_id, provider_adjustment_id) references provider_adjustments (organization_id, id),
    add check (action is null or resolved_at is not null);
comment on column remit_exceptions.provider_adjustment_id is 'The PLB amount that it is about.';
comment on column remit_exceptions.action is 'What a person did about it, as it was asked for; none when the set was looked at again.';
grant update (action) on remit_exceptions to firstpass_service;
