alter table claims drop column services;
alter table claims reset (toast_tuple_target);
alter table claims
    alter column content type jsonb using content::jsonb,
    alter column content set compression default;
