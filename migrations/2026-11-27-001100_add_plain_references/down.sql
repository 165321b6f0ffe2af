alter table remit_claims drop column plain_payer_control_number;
alter table provider_adjustments drop column plain_reference;
