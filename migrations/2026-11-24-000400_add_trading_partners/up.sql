alter table organizations
    add column submitter_name text
        check (submitter_name = btrim(submitter_name) and char_length(submitter_name) between 1 and 60),
    add column submitter_identifier text check (submitter_identifier ~ '^[A-Z0-9-]{2,80}$'),
    add column interchange_qualifier text
        check (interchange_qualifier in ('01', '14', '20', '27', '28', '29', '30', '33', 'ZZ')),
    add column interchange_id text check (interchange_id ~ '^[A-Z0-9-]{1,15}$'),
    add column application_code text check (application_code ~ '^[A-Z0-9-]{2,15}$'),
    add column contact_name text
        check (contact_name = btrim(contact_name) and char_length(contact_name) between 1 and 60),
    add column contact_telephone text check (contact_telephone ~ '^[2-9][0-9]{9}$'),
    add column contact_email text
        check (char_length(contact_email) <= 100 and contact_email ~ '^[!-)+-9;-?A-\]_-}]+@[!-)+-9;-?A-\]_-}]+$'),
    add constraint submitter_whole_or_none check (
        num_nulls(submitter_name, submitter_identifier, interchange_qualifier, interchange_id,
                  application_code, contact_name, contact_telephone) in (0, 7)),
    add constraint email_of_a_contact check (contact_email is null or contact_telephone is not null);
comment on column organizations.submitter_name is '1000A NM103: the name under which the practice is enrolled to send.';
comment on column organizations.submitter_identifier is '1000A NM109: electronic transmitter identification number.';
comment on column organizations.interchange_qualifier is 'ISA05.';
comment on column organizations.interchange_id is 'ISA06.';
comment on column organizations.application_code is 'GS02.';
comment on column organizations.contact_name is '1000A PER02: whom a receiver asks about a file.';
comment on column organizations.contact_telephone is '1000A PER04 with TE: ten digits.';
comment on column organizations.contact_email is '1000A PER06 with EM.';
grant update (submitter_name, submitter_identifier, interchange_qualifier, interchange_id, application_code,
              contact_name, contact_telephone, contact_email) on organizations to firstpass_service;

alter table payers
    add column receiver_name text
        check (receiver_name = btrim(receiver_name) and char_length(receiver_name) between 1 and 60),
    add column receiver_identifier text check (receiver_identifier ~ '^[A-Z0-9-]{2,80}$'),
    add column interchange_qualifier text
        check (interchange_qualifier in ('01', '14', '20', '27', '28', '29', '30', '33', 'ZZ')),
    add column interchange_id text check (interchange_id ~ '^[A-Z0-9-]{1,15}$'),
    add column application_code text check (application_code ~ '^[A-Z0-9-]{2,15}$'),
    add constraint receiver_whole_or_none check (
        num_nulls(receiver_name, receiver_identifier, interchange_qualifier, interchange_id,
                  application_code) in (0, 5));
comment on column payers.identifier is 'NM109 of 2010BB.';
comment on column payers.receiver_name is '1000B NM103: who takes the files, the payer or a clearinghouse.';
comment on column payers.receiver_identifier is '1000B NM109.';
comment on column payers.interchange_qualifier is 'ISA07.';
comment on column payers.interchange_id is 'ISA08; several payers behind one clearinghouse share it.';
comment on column payers.application_code is 'GS03.';
