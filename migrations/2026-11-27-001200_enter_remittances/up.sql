alter table remittances add column entered boolean not null default false;
comment on column remittances.entered is
    'A person entered it from a paper EOB: its file is our own document, and who issued the trace number is not known.';
-- A payment is looked for by its trace number, whoever issued it.
create index remittances_by_trace on remittances (organization_id, trace_number)
    where state in ('posted', 'partly_posted');
