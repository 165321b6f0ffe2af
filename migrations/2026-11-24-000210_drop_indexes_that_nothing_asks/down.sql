drop index remit_claims_reverse_once;
alter table remit_claims add unique (organization_id, reversed_by);
create index claims_by_patient on claims (organization_id, patient_id, service_from);
alter table claims add unique (organization_id, encounter_id, sequence, frequency, id);
