using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Appliance.Web.Certificates.Acme;

/// <summary>What lego is told for an order: its arguments, its environment, and nothing that it need not know.</summary>
internal sealed class LegoCommand(LegoProgram program, DnsProviders providers)
{
    /// <summary>
    /// What the order gives to its DNS provider, as variables. Only what lego names for this provider: a stored order is no way to hand
    /// LD_PRELOAD to a program. Null: lego does not know the provider.
    /// </summary>
    public async Task<IReadOnlyList<KeyValuePair<string, string>>?> VariablesAsync(LegoOrder order, CancellationToken cancellationToken)
    {
        if (order.Way is not ChallengeWay.Dns dns)
            return [];
        var taken = (await providers.SettingsAsync(dns.Provider, cancellationToken))
            .Select(setting => setting.Name)
            .ToHashSet(StringComparer.Ordinal);
        return taken.Count == 0 ? null : [.. dns.Settings.Concat(dns.Secrets).Where(setting => taken.Contains(setting.Key))];
    }

    /// <summary>The variables of this machine and of the run.</summary>
    public List<KeyValuePair<string, string>> Environment(LegoOrder order, RunFolders.RunFolder folder)
    {
        List<KeyValuePair<string, string>> all = [.. program.MachineVariables, new("HOME", folder.Path)];
        if (order.TrustedRoots is { } roots)
            all.Add(new("LEGO_CA_CERTIFICATES", folder.Write("roots.pem", Encoding.ASCII.GetBytes(Plain(roots)))));
        return all;
    }

    /// <summary>What must not stand in a log. A proxy's address may have a password in it.</summary>
    public IEnumerable<string> SecretsOfTheMachine() =>
        program
            .MachineVariables.Select(variable => Uri.TryCreate(variable.Value, UriKind.Absolute, out var address) ? address.UserInfo : "")
            .Where(user => user.Contains(':', StringComparison.Ordinal))
            .Select(user => user[(user.IndexOf(':', StringComparison.Ordinal) + 1)..]);

    /// <summary>The arguments. <paramref name="webroot"/> is where answers to an authority are put; null: the order needs none.</summary>
    public static List<string> Arguments(LegoOrder order, RunFolders.RunFolder folder, NewKey key, string? webroot)
    {
        List<string> all =
        [
            "--path",
            folder.Path,
            "--server",
            order.Directory.AbsoluteUri,
            "--accept-tos",
            "--email",
            order.Email,
            "--csr",
            folder.Write("request.csr", Encoding.ASCII.GetBytes(key.Request)),
            "--http-timeout",
            "60",
            "--cert.timeout",
            "120",
            "--user-agent",
            "appliance",
        ];
        // Without the word lego works with no account of an authority that wants a binding, also when it is bound; with an opened account
        // it looks for no key.
        if (order.Binding is not null)
            all.Add("--eab");
        if (order.Way is ChallengeWay.Dns dns)
        {
            all.AddRange(["--dns", dns.Provider]);
            foreach (var resolver in dns.Resolvers)
                all.AddRange(["--dns.resolvers", resolver]);
            if (dns.SkipCheck)
                all.Add("--dns.disable-cp");
        }
        else if (webroot is not null)
        {
            all.AddRange(["--http", "--http.webroot", webroot]);
        }

        all.Add("run");
        if (order.PreferredChain is { } root)
            all.Add("--preferred-chain=" + root); // in one word, whatever it begins with
        return all;
    }

    // lego reads PEM from the first column on alone, and pasted text is indented now and then.
    private static string Plain(string roots)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(roots);
        var plain = all.ExportCertificatePems();
        foreach (var root in all)
            root.Dispose();
        return plain;
    }
}
