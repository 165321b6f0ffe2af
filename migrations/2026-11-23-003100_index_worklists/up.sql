-- One index for each way in which a list is narrowed and paged; the primary keys serve the lists as a whole.
create index claims_by_payer on claims (organization_id, payer_id, id);
create index claims_of_patient on claims (organization_id, patient_id, id);
create index remittances_by_state on remittances (organization_id, state, id);
