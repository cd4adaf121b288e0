#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# net-template.sh - make the guest template of net-debian, with servers and clients: net-template.sh OUTPUT.tar.zst
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
packages=nginx,openssh-server,openssh-client,postgresql-15,bind9,bind9-dnsutils,dnsmasq-base,iputils-ping,curl
# the compiler of PostgreSQL is half of all and not used for small queries
export TMPL_PACKAGES=$packages TMPL_EXCLUDE='/usr/lib/x86_64-linux-gnu/libLLVM* /usr/lib/x86_64-linux-gnu/libz3*'
exec "$here/../../templates/debian/build.sh" "$1"
