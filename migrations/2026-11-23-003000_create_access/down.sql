drop table api_keys;
drop table sessions;
drop table memberships;
drop table users;
