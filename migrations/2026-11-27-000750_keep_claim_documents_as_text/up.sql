-- The document is read whole and never searched: as text it is handed out as it is kept, while
-- jsonb is written out anew each time. It lies beside the row, so that a claim's status is changed
-- without copying its document.
alter table claims
    alter column content type json using content::json,
    alter column content set compression lz4;
alter table claims set (toast_tuple_target = 1024);

-- What the checks of the patient's later claims ask of this one, without a row for each line.
alter table claims add column services json not null default '[]' check (json_typeof(services) = 'array');
alter table claims
    alter column services set storage main,
    alter column services set compression lz4;
comment on column claims.services is
    'The rows of claim_lines once more, for history: procedure, modifiers, units, charge, first and last day, rendering and billing NPI.';
grant update (services) on claims to firstpass_service;

-- The owner sees no practice's rows otherwise.
alter table claims no force row level security;
alter table claim_lines no force row level security;
update claims c set services = l.services
from (
    select organization_id, claim_id, json_agg(json_build_array(procedure, modifiers, units::text, charged,
        from_on, thru_on, rendering_npi, billing_npi) order by line_no) as services
    from claim_lines group by organization_id, claim_id
) l
where l.organization_id = c.organization_id and l.claim_id = c.id;
alter table claims force row level security;
alter table claim_lines force row level security;
