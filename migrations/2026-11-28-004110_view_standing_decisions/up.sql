-- Which decision stands is said once. Whoever asks sees his own practice's rows: the view has the rights, and
-- the row level security, of who reads it.
create view standing_decisions with (security_invoker = true) as
select organization_id, id, remittance_id, claim_id, coalesce(treated_as, status_code) as status_code,
    payer_claim_control_number, charged, paid, adjusted, adjustments
from remit_claims
where posted and reversed_by is null and coalesce(treated_as, status_code) <> '22';
comment on view standing_decisions is
    'What payers decided that stands: posted, not taken back, and no reversal (CLP02 22) itself. A status that a person said counts instead of the payer''s.';
grant select on standing_decisions to firstpass_service;
