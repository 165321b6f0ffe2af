-- A claim's page and the list of claims ask for what was denied on a claim; without this they read every
-- denial of the practice.
create index denials_by_claim on denials (organization_id, claim_id);
