-- A scan that was attached by mistake, such as another patient's, is shown no more. That it was attached stays on
-- record, and so does its file.
create table remittance_scan_withdrawals (
    organization_id uuid not null,
    remittance_id uuid not null,
    file_id uuid not null,
    reason text not null check (char_length(reason) between 10 and 500),
    withdrawn_at timestamptz not null default now(),
    withdrawn_by text not null check (withdrawn_by ~ '^(usr|key)_[0-9a-z]{26}$' or withdrawn_by ~ '^system:[a-z0-9_-]+$'),
    primary key (organization_id, remittance_id, file_id),
    foreign key (organization_id, remittance_id, file_id)
        references remittance_scans (organization_id, remittance_id, file_id)
);
comment on table remittance_scan_withdrawals is 'Scans of remittances that were attached by mistake: kept, and shown no more.';
comment on column remittance_scan_withdrawals.reason is 'Why, without patient data.';
select tenant_table('remittance_scan_withdrawals');
select append_only('remittance_scan_withdrawals');
