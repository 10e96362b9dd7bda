#!/bin/sh
# What an image holds beside Debian's base, for Dockerfile and nonsmooth.def alike: Node, JupyterLab, and the project with its packages, built.
# Runs in the image as root, when the project's files lie in its place. Debian's and npm's packages are all that it loads.
set -eu
project=${1:?usage: install.sh PROJECT}
export DEBIAN_FRONTEND=noninteractive

# libvulkan1: WebGPU on a GPU
packages="ca-certificates jupyterlab libvulkan1 nodejs"
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $packages npm

cd "$project"
npm ci
npm run build:bench
# for every user; the folder is one of those that Jupyter searches
JUPYTER_DATA_DIR=/usr/local/share/jupyter node bin/nonsmooth.js kernel --user
ln -s "$project/bin/nonsmooth.js" /usr/local/bin/nonsmooth
chmod -R a+rX "$project" /usr/local/share/jupyter
mkdir -p /work

rm -rf /root/.npm
apt-get purge -y -qq --auto-remove npm
rm -rf /var/lib/apt/lists/*
