-- Who rendered and billed a line is asked of every earlier line of a patient when a claim is checked.
-- In the document it would be unpacked once a line.
alter table claim_lines add column rendering_npi text, add column billing_npi text;
comment on column claim_lines.rendering_npi is
    'As entered: the line''s rendering provider, else the claim''s, else the billing provider.';
comment on column claim_lines.billing_npi is 'As entered.';
-- The owner sees no practice's rows otherwise.
alter table claims no force row level security;
alter table claim_lines no force row level security;
update claim_lines l set
    rendering_npi = coalesce(c.content #>> array['lines', (l.line_no - 1)::text, 'rendering', 'npi'],
        c.content #>> '{rendering,npi}', c.content #>> '{billing,npi}'),
    billing_npi = c.content #>> '{billing,npi}'
from claims c where c.organization_id = l.organization_id and c.id = l.claim_id;
alter table claims force row level security;
alter table claim_lines force row level security;
