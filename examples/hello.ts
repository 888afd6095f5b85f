// The system of hello.yml as a typed spec: the editor completes and explains every key, and what YAML would repeat is code.
// It builds to the same bytes.
//
//   tskit build examples/hello.ts
//   tskit run --publish 8080:80 hello
//   curl http://127.0.0.1:8080/
//
// curl prints the page below, as with hello.yml.
import { defineOS } from 'tskit';

const site = '/etc/hello';

function page(title: string, text: string): string {
  return `<!doctype html>
<title>${title}</title>
<h1>Hello from tskit</h1>
<p>${text}</p>
`;
}

export default defineOS({
  kernel: { image: 'pkg:kernel', cmdline: ['console=ttyS0', 'quiet'].join(' ') },
  onboot: [{ name: 'dhcp', image: 'pkg:dhcp' }],
  services: [{ name: 'nginx', image: 'pkg:nginx', binds: [`${site}:/var/www/html:ro`] }],
  files: [
    { path: site, directory: true, mode: '0755' },
    {
      path: `${site}/index.html`,
      mode: '0644',
      contents: page('hello', 'This page is a file of the spec, served by nginx in a container of its own.'),
    },
  ],
});
