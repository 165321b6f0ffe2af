-- A payer that splits a claim (MA15) may never send the other parts: decisions that are parts are asked for
-- each night, and what is missing is settled when a part comes. Few decisions are parts.
create index remit_claims_parts on remit_claims (organization_id, claim_id) where 'MA15' = any(remarks);
create index remit_lines_parts on remit_lines (organization_id, remit_claim_id) where 'MA15' = any(remarks);
create index remit_exceptions_parts on remit_exceptions (organization_id, remit_claim_id) where kind = 'parts_missing';
