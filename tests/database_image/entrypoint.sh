# Sets a server up where its folder is empty, by starting it once without a network, as the official images
# do; then runs it. Which one: the one whose password is there.
set -eu

if [ -n "${POSTGRES_PASSWORD:-}" ]; then
  data=$PGDATA
  bin=$(echo /usr/lib/postgresql/*/bin)
  if [ ! -e "$data/PG_VERSION" ]; then
    echo "$POSTGRES_PASSWORD" > /tmp/given
    "$bin/initdb" -D "$data" -U postgres -A scram-sha-256 --pwfile=/tmp/given
    rm /tmp/given
    echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
    "$bin/pg_ctl" -D "$data" -o "-c listen_addresses='' -k /tmp" -w start
    "$bin/pg_ctl" -D "$data" -m fast -w stop
  fi
  exec "$bin/postgres" -D "$data" -c listen_addresses='*' -k /var/run/postgresql "$@"
fi

data=/var/lib/mysql
if [ ! -d "$data/mysql" ]; then
  mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db
  mariadbd --no-defaults --datadir="$data" --skip-networking --socket=/tmp/once &
  until mariadb-admin --socket=/tmp/once --user=root ping; do sleep 0.1; done
  mariadb --socket=/tmp/once --user=root --execute="
    CREATE USER 'root'@'%' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
    GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;
    DELETE FROM mysql.global_priv WHERE User = 'root' AND Host NOT IN ('%', 'localhost');
    ALTER USER 'root'@'localhost' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
    FLUSH PRIVILEGES"
  mariadb-admin --socket=/tmp/once --user=root --password="$MYSQL_ROOT_PASSWORD" shutdown
  wait
fi
exec mariadbd --no-defaults --datadir="$data" --socket=/var/run/mysqld/mysqld.sock --bind-address=0.0.0.0 "$@"
