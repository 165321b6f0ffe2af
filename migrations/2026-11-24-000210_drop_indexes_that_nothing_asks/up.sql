-- A claim's row is written with every change of its status, and each index with it.
-- Unique because it ends in the id: it enforced nothing, and claims_one_original_a_payer finds a visit's claims.
alter table claims drop constraint claims_organization_id_encounter_id_sequence_frequency_id_key;
-- claims_of_patient serves the list and the history.
drop index claims_by_patient;
-- Hardly any decision is ever reversed.
alter table remit_claims drop constraint remit_claims_organization_id_reversed_by_key;
create unique index remit_claims_reverse_once on remit_claims (organization_id, reversed_by)
    where reversed_by is not null;
