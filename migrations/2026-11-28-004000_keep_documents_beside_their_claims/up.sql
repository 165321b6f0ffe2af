-- The document lies in its claim's row: nothing changes a claim that changes its document seldom, since its
-- status has a row of its own, and every check reads it. Out of line it was looked up once more, and took
-- twice the room. What is kept already stays where it is until it is written again.
alter table claims alter column content set storage main;
alter table claim_standings alter column findings set compression lz4;

-- What is written for a claim all day names its standing instead of the claim. Each claim has one and each of
-- these a claim (the two refer to each other), so this says the same; but the row that a reference locks is the
-- small one, which whoever moves a claim holds already, and not the one with the document.
alter table claim_events
    drop constraint claim_events_organization_id_claim_id_fkey,
    add foreign key (organization_id, claim_id) references claim_standings (organization_id, claim_id);
alter table remit_claims
    drop constraint remit_claims_organization_id_claim_id_fkey,
    add foreign key (organization_id, claim_id) references claim_standings (organization_id, claim_id);
alter table submissions
    drop constraint submissions_organization_id_claim_id_fkey,
    add foreign key (organization_id, claim_id) references claim_standings (organization_id, claim_id);
