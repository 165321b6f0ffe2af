alter table claim_lines drop column rendering_npi, drop column billing_npi;
