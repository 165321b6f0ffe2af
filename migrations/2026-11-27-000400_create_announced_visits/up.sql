create table announced_visits (
    organization_id uuid not null,
    visit_number text not null check (char_length(visit_number) between 1 and 50),
    patient_id uuid not null,
    provider_id uuid,
    visit_on date not null,
    file_id uuid not null,
    announced_at timestamptz not null,
    dismissed_at timestamptz,
    dismissed_because text check (char_length(dismissed_because) between 1 and 200),
    primary key (organization_id, visit_number),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, provider_id) references providers (organization_id, id),
    foreign key (organization_id, file_id) references files (organization_id, id),
    check ((dismissed_at is null) = (dismissed_because is null))
);
create index announced_visits_open on announced_visits (organization_id, visit_on) where dismissed_at is null;
comment on table announced_visits is 'Visits that took place, as a schedule or message says: one without charges is money missed.';
comment on column announced_visits.dismissed_because is 'Why nothing is to be charged for it.';
select tenant_table('announced_visits', 'select, insert, update');
