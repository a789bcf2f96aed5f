using System.Collections.Concurrent;
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
    private readonly LegoCommand _command = new(program, providers);
    private readonly LegoProcess _process = new(time, log);
    private readonly NewAccount _newAccount = new(destinations, time);
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
        foreach (var account in _accounts.Values)
            account.Dispose();
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
        var variables = await _command.VariablesAsync(order, cancellationToken);
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
            (account, var failure) = await _newAccount.OpenAsync(order, binding, cancellationToken);
            if (account is null)
                return new AcmeOutcome.Failed(failure!, []); // there is the one or the other
            await keep(account, cancellationToken);
        }

        using var key = NewKey.For(order.Key, order.Names);
        using var folder = folders.New();
        if (account is not null)
            AccountFiles.Restore(folder.Path, account);
        var lines = new LegoLog(order.Secrets.Concat(_command.SecretsOfTheMachine()), folder.Path, order.Names.Length, said);
        var webroot = order.Way is ChallengeWay.Http ? folder.Webroot : null;
        using var answers = webroot is null ? null : challenges.FromFolder(webroot);
        said(new(AcmeStage.Starting, null, 0, order.Names.Length));
        var (exit, late) = await _process.RunAsync(
            file,
            LegoCommand.Arguments(order, folder, key, webroot),
            folder,
            [.. _command.Environment(order, folder), .. variables],
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
        return LegoResult.Read(folder.Path, key, order, lines);
    }
}
