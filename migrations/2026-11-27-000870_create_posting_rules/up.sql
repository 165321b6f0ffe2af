create table remit_posting_rules (
    organization_id uuid not null,
    payer_id uuid not null,
    mode text not null check (mode in ('review', 'semi', 'full')),
    allows text[] not null default '{}' check (allows <@ array[
        'reversal', 'not_ours', 'predetermination', 'denial', 'provider_adjustment', 'variance', 'unknown_code',
        'earlier_payer']),
    changed_at timestamptz not null default now(),
    primary key (organization_id, payer_id),
    foreign key (organization_id, payer_id) references payers (organization_id, id)
);
comment on table remit_posting_rules is 'What of a payer''s remittances is posted without a person''s look. Without a rule: all of it.';
comment on column remit_posting_rules.mode is
    'review: nothing; semi: what is plain, and what allows names; full: everything that adds up.';
comment on column remit_posting_rules.allows is 'What of it is posted in semi although it would wait.';
select tenant_table('remit_posting_rules', 'select, insert');
grant update (mode, allows, changed_at) on remit_posting_rules to firstpass_service;
