drop table announced_visits;
