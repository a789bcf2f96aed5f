using System.Text.Json;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Rights;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Asks providers again, while sessions go on, whether their people still have their role. A person who left the group loses the role. A
/// session ends when the provider no longer vouches for its person. Only sessions with a refresh token are asked for; a provider that is
/// away changes nothing.
/// </summary>
public sealed class RoleRefresh(
    OidcProviders providers,
    RefreshableSessions refreshable,
    SessionStore sessions,
    AccountStore accounts,
    AuditStore audit,
    TimeProvider time,
    ILogger<RoleRefresh> log
) : BackgroundService
{
    private const string ByProvider = "provider";
    private static readonly TimeSpan _pause = TimeSpan.FromMinutes(1);

    /// <summary>Asks for everybody who is due at that time.</summary>
    public async Task AskAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = refreshable.Due(now);
        if (due.Count == 0)
            return;
        var alive = (await sessions.ListAsync(null, Actor.Local(ByProvider), cancellationToken)).Select(session => session.Id).ToHashSet();
        foreach (var (session, kept) in due)
        {
            if (!alive.Contains(session) || providers.Find(kept.Provider) is not { } provider)
                refreshable.Forget(session);
            else
                await AskAsync(provider, session, kept, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(_pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await AskAsync(time.GetUtcNow(), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Going on is right: the database may be away for a moment, and sessions that are due stay due.
                log.RefreshFailed(exception);
            }
        }
    }

    private async Task AskAsync(OidcProvider provider, string session, Refreshable kept, CancellationToken cancellationToken)
    {
        try
        {
            var metadata = await provider.Metadata.GetAsync(cancellationToken);
            var tokens = await provider.Calls.RefreshAsync(metadata, kept.RefreshToken, cancellationToken);
            refreshable.Keep(session, kept with { RefreshToken = tokens.RefreshToken });
            var claims = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["sub"] = kept.Subject });
            if (tokens.IdToken is { } text)
            {
                claims = (await provider.Tokens.IdTokenAsync(text, cancellationToken)).Claims;
                if (claims.Text("sub") != kept.Subject)
                    throw new OidcRefusedException(
                        OidcReason.WrongSubject,
                        $"The new id_token is about {ProviderText.Short(claims.Text("sub"))}."
                    );
            }

            if (!string.IsNullOrEmpty(metadata.UserInfoEndpoint) && provider.Settings.Rules.Misses(claims))
                claims = TokenClaims.Merged(
                    claims,
                    await provider.Calls.UserInfoAsync(metadata, tokens.AccessToken, kept.Subject, cancellationToken)
                );

            // Without an id_token, a claim that is missing says nothing: it may have come in the first one only.
            if (tokens.IdToken is not null || !provider.Settings.Rules.Misses(claims))
                await ApplyAsync(provider, session, kept, provider.Settings.Rules.Decide(claims), cancellationToken);
        }
        catch (OidcRefusedException exception) when (exception.Fault.Reason == OidcReason.ProviderAway)
        {
            // Going on is right: a provider that is down must not sign everybody out of what may be needed to bring it up again.
            refreshable.Keep(session, kept);
        }
        catch (OidcRefusedException exception)
        {
            await EndAsync(provider, session, kept, exception.Fault, cancellationToken);
        }
    }

    private async Task ApplyAsync(
        OidcProvider provider,
        string session,
        Refreshable kept,
        RoleVerdict verdict,
        CancellationToken cancellationToken
    )
    {
        if (verdict.Rule is not { } rule)
        {
            await EndAsync(provider, session, kept, new(OidcReason.NoRole, "No rule fits any more."), cancellationToken);
            return;
        }

        if (
            await accounts.FindAsync(kept.AccountId, cancellationToken) is not { } account
            || account.Grant == new Grant(rule.Role, rule.Scope)
        )
            return;

        // The same door as a sign-in: the role is the account's, so that every session of it has the new one.
        await accounts.SignInExternalAsync(
            new(kept.Issuer, kept.Subject, provider.Settings.Name, null, rule.Role, rule.Scope),
            ByProvider,
            cancellationToken
        );
    }

    private async Task EndAsync(
        OidcProvider provider,
        string session,
        Refreshable kept,
        OidcFault fault,
        CancellationToken cancellationToken
    )
    {
        var code = OidcReasons.Code(fault.Reason);
        log.SessionEnded(provider.Settings.Name, code, fault.Detail);
        await sessions.EndAsync(session, kept.AccountId, ActorOf(provider), "session.end", cancellationToken);
        await audit.AddAsync(
            new()
            {
                Actor = provider.Settings.Name,
                From = ByProvider,
                Action = "session.refresh",
                Target = kept.Subject,
                After = fault.Detail,
                Result = code,
            },
            cancellationToken
        );
        refreshable.Forget(session);
    }

    // The rules of the settings decide, and a person who may change those may do everything.
    private static Actor ActorOf(OidcProvider provider) => new(provider.Settings.Name, ByProvider, Grant.All);
}

internal static partial class RoleRefreshLog
{
    [LoggerMessage(3630, LogLevel.Information, "A session by {Provider} has ended ({Code}): {Detail}")]
    public static partial void SessionEnded(this ILogger log, string provider, string code, string detail);

    [LoggerMessage(3631, LogLevel.Warning, "Roles could not be asked for again; it is tried again in a minute.")]
    public static partial void RefreshFailed(this ILogger log, Exception exception);
}
