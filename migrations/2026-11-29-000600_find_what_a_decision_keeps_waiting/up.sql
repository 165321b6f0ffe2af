create index remit_candidates_of_decisions on remit_candidates (organization_id, remit_claim_id)
    where remit_claim_id is not null;
comment on index remit_candidates_of_decisions is 'What waited because a decision stood: asked for when it is taken back.';
