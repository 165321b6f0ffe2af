alter table jobs
    add column done bigint,
    add column total bigint,
    add constraint jobs_progress check ((done is null) = (total is null) and done between 0 and total);
comment on column jobs.done is 'How much of total the worker has done; null where the work does not tell.';
comment on column jobs.total is 'Of what is counted, all: claims that a trial looks at.';
