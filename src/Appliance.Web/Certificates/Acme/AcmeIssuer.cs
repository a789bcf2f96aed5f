using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Appliance.Proxy.Dialing;
using Appliance.Proxy.Tls;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// Orders certificates through lego. The key and the request are made here, so that a certificate's key is never in a file; what lego keeps
/// of an account is put into its folder before the run and taken out behind it.
/// </summary>
public sealed class AcmeIssuer(
    LegoProgram program,
    DnsProviders providers,
    RunFolders folders,
    ChallengeAnswers challenges,
    Destinations destinations,
    TimeProvider time,
    ILogger<AcmeIssuer> log
) : IDisposable
{
    private const int MostAtOnce = 3;
    private readonly SemaphoreSlim _all = new(MostAtOnce);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _accounts = new(StringComparer.Ordinal);

    /// <summary>
    /// Orders one. <paramref name="account"/> reads what an earlier run kept of the account at this authority, null for none, and
    /// <paramref name="keep"/> takes what is to be kept; nobody else uses the account in between. Whatever goes wrong outside of this
    /// process is an outcome.
    /// </summary>
    public async Task<AcmeOutcome> OrderAsync(
        LegoOrder order,
        Func<CancellationToken, Task<byte[]?>> account,
        Func<byte[], CancellationToken, Task> keep,
        Action<AcmeStep> said,
        CancellationToken cancellationToken
    )
    {
        said(new(AcmeStage.Waiting, null, 0, order.Names.Length));
        var own = _accounts.GetOrAdd($"{order.Directory}\n{order.Email}", _ => new(1));
        await own.WaitAsync(cancellationToken);
        try
        {
            await _all.WaitAsync(cancellationToken);
            try
            {
                var kept = await account(cancellationToken);
                var outcome = await RunAsync(order, kept, keep, said, cancellationToken);
                return kept is not null && outcome is AcmeOutcome.Failed { Failure.AccountIsGone: true }
                    ? await RunAsync(order, null, keep, said, cancellationToken)
                    : outcome;
            }
            finally
            {
                _all.Release();
            }
        }
        finally
        {
            own.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _all.Dispose();
        foreach (var one in _accounts.Values)
            one.Dispose();
    }

    // Each name may have to wait for its record, or for an authority that looks from several places.
    private static TimeSpan Patience(LegoOrder order) =>
        order.Way is ChallengeWay.Dns
            ? TimeSpan.FromMinutes(10 + (order.Names.Length * 2))
            : TimeSpan.FromMinutes(5) + (TimeSpan.FromSeconds(30) * order.Names.Length);

    private async Task<AcmeOutcome> RunAsync(
        LegoOrder order,
        byte[]? account,
        Func<byte[], CancellationToken, Task> keep,
        Action<AcmeStep> said,
        CancellationToken cancellationToken
    )
    {
        if (program.File is not { } file)
            return new AcmeOutcome.Failed(
                AcmeFailure.Of(AcmeTrouble.NoProgram, program.Missing ?? "lego is missing.", LegoProgram.HowToGet),
                []
            );
        var variables = await VariablesAsync(order, cancellationToken);
        if (variables is null)
            return new AcmeOutcome.Failed(
                AcmeFailure.Of(
                    AcmeTrouble.NoProvider,
                    $"The lego on this machine does not know the provider {LegoErrors.ProviderOf(order)}.",
                    "Choose another one, or another lego (APPLIANCE_LEGO)."
                ),
                []
            );
        if (await destinations.NamedFaultAsync(order.Directory.IdnHost, order.Directory.Port, cancellationToken) is not null)
        {
            return new AcmeOutcome.Failed(
                AcmeFailure.Of(
                    AcmeTrouble.AuthorityAway,
                    $"{order.Directory.Authority} is at an address that APPLIANCE_DENIED_UPSTREAMS forbids.",
                    "Order from another authority, or take its network off that setting."
                ),
                []
            );
        }

        if (account is null && order.Binding is { } binding)
        {
            said(new(AcmeStage.Registering, null, 0, order.Names.Length));
            (account, var failure) = await OpenAsync(order, binding, cancellationToken);
            if (account is null)
                return new AcmeOutcome.Failed(failure!, []); // there is the one or the other
            await keep(account, cancellationToken);
        }

        using var key = NewKey.For(order.Key, order.Names);
        using var folder = folders.New();
        if (account is not null)
            AccountFiles.Restore(folder.Path, account);
        var lines = new LegoLog(order.Secrets.Concat(SecretsOfTheMachine()), folder.Path, order.Names.Length, said);
        var webroot = order.Way is ChallengeWay.Http ? folder.Webroot : null;
        using var answers = webroot is null ? null : challenges.FromFolder(webroot);
        said(new(AcmeStage.Starting, null, 0, order.Names.Length));
        var (exit, late) = await LegoAsync(
            file,
            Arguments(order, folder, key, webroot),
            folder,
            [.. Environment(order, folder), .. variables],
            lines,
            Patience(order),
            cancellationToken
        );

        // Also after a failure: an account that was opened for nothing would be one of the few that an authority opens an hour.
        if (AccountFiles.Collect(folder.Path) is { } opened)
            await keep(opened, cancellationToken);
        if (late)
            return new AcmeOutcome.Failed(
                AcmeFailure.Of(
                    AcmeTrouble.TimedOut,
                    $"The order took longer than {Patience(order).TotalMinutes:0} minutes.",
                    "Read what lego said last; it is tried again."
                ),
                lines.Lines
            );
        if (exit != 0)
            return new AcmeOutcome.Failed(LegoErrors.Read(lines.Lines, order, time.GetUtcNow()), lines.Lines);
        return Issued(folder.Path, key, order, lines);
    }

    // The key for it is a secret, and lego takes it from its arguments alone: the account is opened here, and lego finds it opened.
    private async Task<(byte[]? Account, AcmeFailure? Failure)> OpenAsync(
        LegoOrder order,
        AccountBinding binding,
        CancellationToken cancellationToken
    )
    {
        const string toDo = "Look whether this machine may connect to it (firewall, DNS, proxy settings) and whether the authority is up.";
        try
        {
            using var http = AuthorityDirectory.Client(order.TrustedRoots, destinations);
            var (files, fault) = await BoundAccount.OpenAsync(http, order, binding, cancellationToken);
            return files is not null ? (AccountFiles.Pack(files), null) : (null, LegoErrors.Read([fault ?? ""], order, time.GetUtcNow()));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or UriFormatException)
        {
            return (
                null,
                AcmeFailure.Of(
                    AcmeTrouble.NoDirectory,
                    $"What answers at {order.Directory} is no ACME directory.",
                    "Compare the address with the authority's documentation.",
                    exception.Message
                )
            );
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return (
                null,
                AcmeFailure.Of(
                    AcmeTrouble.AuthorityUntrusted,
                    $"The https certificate of {order.Directory.Host} is not trusted.",
                    "If it is an authority of your own, paste its root certificate into the form."
                )
            );
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (
                null,
                AcmeFailure.Of(
                    AcmeTrouble.AuthorityAway,
                    $"The authority at {order.Directory.Authority} cannot be reached.",
                    toDo,
                    exception.Message
                )
            );
        }
    }

    private static AcmeOutcome Issued(string folder, NewKey key, LegoOrder order, LegoLog lines)
    {
        var certificates = Path.Combine(folder, "certificates");
        var chain = Directory.Exists(certificates)
            ? Directory.GetFiles(certificates, "*.crt").FirstOrDefault(one => !one.EndsWith(".issuer.crt", StringComparison.Ordinal))
            : null;
        if (chain is null)
            return Not("lego ended well, but left no certificate.");
        try
        {
            var pem = File.ReadAllText(chain);
            using var leaf = X509Certificate2.CreateFromPem(pem);
            var names = leaf
                .Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(extension => extension.EnumerateDnsNames())
                .Select(name => name.ToLowerInvariant())
                .ToHashSet();
            if (!key.IsOf(leaf))
                return Not("The certificate that came is for another key than ours.");
            return order.Names.All(names.Contains)
                ? new AcmeOutcome.Issued(pem, key.ExportPem(), lines.Lines)
                : Not("The certificate that came does not have all the names that were ordered.");
        }
        catch (CryptographicException exception)
        {
            return Not($"What came cannot be read as a certificate: {exception.Message}");
        }

        AcmeOutcome Not(string what) =>
            new AcmeOutcome.Failed(
                AcmeFailure.Of(AcmeTrouble.NotOurs, what, "Look whether the authority works; it is tried again."),
                lines.Lines
            );
    }

    private static List<string> Arguments(LegoOrder order, RunFolders.RunFolder folder, NewKey key, string? webroot)
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

    private List<KeyValuePair<string, string>> Environment(LegoOrder order, RunFolders.RunFolder folder)
    {
        List<KeyValuePair<string, string>> all = [.. program.MachineVariables, new("HOME", folder.Path)];
        if (order.TrustedRoots is { } roots)
            all.Add(new("LEGO_CA_CERTIFICATES", folder.Write("roots.pem", Encoding.ASCII.GetBytes(Plain(roots)))));
        return all;
    }

    // lego reads PEM from the first column on alone, and pasted text is indented now and then.
    private static string Plain(string roots)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(roots);
        var plain = all.ExportCertificatePems();
        foreach (var one in all)
            one.Dispose();
        return plain;
    }

    // What lego names for this provider and nothing else: a stored order is no way to hand LD_PRELOAD to a program. Null: it cannot be used
    // at all.
    private async Task<IReadOnlyList<KeyValuePair<string, string>>?> VariablesAsync(LegoOrder order, CancellationToken cancellationToken)
    {
        if (order.Way is not ChallengeWay.Dns dns)
            return [];
        var taken = (await providers.SettingsAsync(dns.Provider, cancellationToken))
            .Select(setting => setting.Name)
            .ToHashSet(StringComparer.Ordinal);
        return taken.Count == 0 ? null : [.. dns.Settings.Concat(dns.Secrets).Where(setting => taken.Contains(setting.Key))];
    }

    // A proxy's address may have a password in it.
    private IEnumerable<string> SecretsOfTheMachine() =>
        program
            .MachineVariables.Select(variable => Uri.TryCreate(variable.Value, UriKind.Absolute, out var address) ? address.UserInfo : "")
            .Where(user => user.Contains(':', StringComparison.Ordinal))
            .Select(user => user[(user.IndexOf(':', StringComparison.Ordinal) + 1)..]);

    private async Task<(int Exit, bool Late)> LegoAsync(
        string file,
        List<string> arguments,
        RunFolders.RunFolder folder,
        IEnumerable<KeyValuePair<string, string>> environment,
        LegoLog lines,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        Process process;
        try
        {
            process = LegoProgram.Start(file, arguments, folder.Path, environment);
        }
        catch (Win32Exception exception)
        {
            lines.Add($"{file} cannot be started: {exception.Message}");
            return (-1, false);
        }

        using (process)
        {
            log.LegoStarted(process.Id);
            folder.Note(process.Id);
            using var limit = new CancellationTokenSource(patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            process.OutputDataReceived += Take;
            process.ErrorDataReceived += Take;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            try
            {
                await process.WaitForExitAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                cancellationToken.ThrowIfCancellationRequested();
                return (-1, true);
            }

            log.LegoEnded(process.Id, process.ExitCode);
            return (process.ExitCode, false);
        }

        void Take(object sender, DataReceivedEventArgs said)
        {
            if (said.Data is { } line)
                lines.Add(line);
        }
    }
}

internal static partial class AcmeIssuerLog
{
    [LoggerMessage(3700, LogLevel.Debug, "lego was started as process {Process}.")]
    public static partial void LegoStarted(this ILogger log, int process);

    [LoggerMessage(3701, LogLevel.Debug, "lego, process {Process}, ended with {ExitCode}.")]
    public static partial void LegoEnded(this ILogger log, int process, int exitCode);
}
