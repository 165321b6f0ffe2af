comment on column payers.identifier is 'NM109 of 1000B and 2010BB, and ISA08.';
alter table payers
    drop column receiver_name,
    drop column receiver_identifier,
    drop column interchange_qualifier,
    drop column interchange_id,
    drop column application_code;
alter table organizations
    drop column submitter_name,
    drop column submitter_identifier,
    drop column interchange_qualifier,
    drop column interchange_id,
    drop column application_code,
    drop column contact_name,
    drop column contact_telephone,
    drop column contact_email;
