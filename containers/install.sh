#!/bin/sh
# What an image holds beside Debian's base, for Dockerfile and nonsmooth.def alike: Node, JupyterLab, and the project with its packages, built.
# Runs in the image as root, when the project's files lie in their place. All that it loads are Debian's and npm's packages.
set -eu
project=${1:?usage: install.sh PROJECT}
export DEBIAN_FRONTEND=noninteractive

# libvulkan1: WebGPU on a GPU
packages="ca-certificates jupyter-core jupyterlab libvulkan1 nodejs"
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $packages npm >/dev/null

# Debian's npm 9 cannot read the project's overrides, but fetches one that can
npm install --silent --prefix /tmp/npm npm@10
npm10() { node /tmp/npm/node_modules/npm/bin/npm-cli.js "$@"; }
cd "$project"
npm10 ci
npm10 run build:bench

# for every user; the folder is one of those that Jupyter searches
JUPYTER_DATA_DIR=/usr/local/share/jupyter node bin/nonsmooth.js kernel --user
ln -s "$project/bin/nonsmooth.js" /usr/local/bin/nonsmooth
chmod -R a+rX "$project" /usr/local/share/jupyter
mkdir -p /work

rm -rf /tmp/npm /root/.npm
apt-get purge -y -qq --auto-remove npm >/dev/null
rm -rf /var/lib/apt/lists/*
