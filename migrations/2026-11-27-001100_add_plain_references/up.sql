-- Payers write one reference with and without blanks, hyphens and leading zeros. Generated, so that rows that
-- are there have it too and nobody can write another.
alter table provider_adjustments
    add column plain_reference text not null generated always as (
        coalesce(ltrim(upper(regexp_replace(left(reference, 100), '[^A-Za-z0-9]', '', 'g')), '0'), '')) stored;
comment on column provider_adjustments.plain_reference is 'PLB03-2 without signs, blanks and leading zeros, in capitals; empty when there is none. With payer and account it says which item the amount belongs to.';
create index provider_adjustments_by_reference on provider_adjustments (organization_id, plain_reference);

alter table remit_claims
    add column plain_payer_control_number text generated always as (
        ltrim(upper(regexp_replace(payer_claim_control_number, '[^A-Za-z0-9]', '', 'g')), '0')) stored;
comment on column remit_claims.plain_payer_control_number is 'CLP07 written like provider_adjustments.plain_reference.';
create index remit_claims_by_plain_number on remit_claims (organization_id, plain_payer_control_number)
    where plain_payer_control_number <> '';
