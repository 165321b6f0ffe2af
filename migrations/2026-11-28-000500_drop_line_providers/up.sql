-- Who rendered and billed a line is read from claims.services, which the history of a patient asks.
alter table claim_lines drop column rendering_npi, drop column billing_npi;
