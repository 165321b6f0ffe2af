drop index remittances_by_state;
drop index claims_of_patient;
drop index claims_by_payer;
