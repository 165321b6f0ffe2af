alter table claim_lines add column rendering_npi text, add column billing_npi text;
comment on column claim_lines.rendering_npi is
    'As entered: the line''s rendering provider, else the claim''s, else the billing provider.';
comment on column claim_lines.billing_npi is 'As entered.';
-- The owner sees no practice's rows otherwise.
alter table claims no force row level security;
alter table claim_lines no force row level security;
update claim_lines l set
    rendering_npi = c.services -> (l.line_no - 1) ->> 6,
    billing_npi = c.services -> (l.line_no - 1) ->> 7
from claims c where c.organization_id = l.organization_id and c.id = l.claim_id;
alter table claims force row level security;
alter table claim_lines force row level security;
