// Keeps the whole page, so that it works without a network once it has been loaded. The build puts in the names
// of its files, and a version that changes with any of them.
const version = 'VERSION';
const files = ['FILES'];

const name = `toploss-playground-${version}`;

addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(name)
      .then((cache) => cache.addAll(files))
      .then(() => skipWaiting()),
  );
});

addEventListener('activate', (event) => {
  const isOld = (/** @type {string} */ key) =>
    key.startsWith('toploss-playground-') && key !== name;
  event.waitUntil(
    caches
      .keys()
      .then((keys) => Promise.all(keys.filter(isOld).map((key) => caches.delete(key))))
      .then(() => clients.claim()),
  );
});

addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') {
    return;
  }
  const cached = caches
    .open(name)
    .then((cache) => cache.match(event.request, { ignoreSearch: true, ignoreVary: true }));
  event.respondWith(cached.then((response) => response ?? fetch(event.request)));
});
