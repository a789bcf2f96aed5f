using System.Globalization;
using System.Text.Json;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// What comes of a sign-in by a provider: a session, or a refusal with its line in the audit; of a trial neither, but a page that shows it.
/// </summary>
public sealed class OidcSignIn(
    AccountStore accounts,
    SessionStore sessions,
    AuditStore audit,
    RefreshableSessions refreshable,
    TrialRuns trials,
    RefusedPeople refused,
    SignedOutMark signedOut,
    RefusalLimit limit,
    TimeProvider time,
    ILogger<OidcSignIn> log
)
{
    private const string Action = "sign_in.oidc";

    /// <summary>Where trials are shown.</summary>
    public const string TrialPage = "/people/sign-in-providers";

    /// <summary>
    /// After every check of the token: asks for the user information where the rules need it, gives the role and begins the session.
    /// </summary>
    public async Task ReceivedAsync(HttpContext http, OidcProvider provider, AuthenticationProperties properties, string? to)
    {
        // The framework takes it out before this.
        properties.RedirectUri = to;
        var (tokens, trace) = (http.Features.GetRequiredFeature<ReceivedTokens>(), http.Features.GetRequiredFeature<SignInTrace>());
        trace.Done("Id token", "Issuer, audience, times, nonce and hash are right.");
        try
        {
            trace.Claims = await WithUserInfoAsync(provider, tokens, trace, http.RequestAborted);
        }
        catch (OidcRefusedException exception)
        {
            await FailedAsync(http, provider, properties, exception.Fault, exception);
            return;
        }

        trace.Verdict = provider.Settings.Rules.Decide(trace.Claims);
        var person = new VerifiedPerson(tokens.Claims.Text("iss") ?? "", trace.Claims, tokens.IdToken, tokens.RefreshToken);
        http.Features.Set(person);
        var who = PersonNames.OfProvider(person.Name, provider.Settings.Name);
        if (trace.Verdict?.Rule is not { } rule)
        {
            // A person who has lost the role leaves their open pages, too.
            if (properties.TrialId() is null)
                await sessions.EndOfProviderAsync(
                    person.Issuer,
                    person.Subject,
                    null,
                    provider.Settings.Name,
                    BrowserAddress.Of(http),
                    http.RequestAborted
                );
            await RefuseAsync(
                http,
                provider,
                properties,
                new(OidcReason.NoRole, $"None of the {provider.Settings.Rules.Rules.Length} rules fits {person.Name}."),
                who
            );
            return;
        }

        trace.Done("Role", $"Rule {rule.Position}, {rule.Text}: {rule.Role}{(rule.Scope.IsEverything ? "" : $" for {rule.Scope}")}.");
        if (properties.TrialId() is not null)
        {
            await RefuseAsync(http, provider, properties, null, who);
            return;
        }

        // Before anything is stored: another person who came back must not be signed in here.
        if (properties.MustBe() is { } wanted && !await IsAsync(wanted, person, http.RequestAborted))
        {
            await RefuseAsync(
                http,
                provider,
                properties,
                new(OidcReason.AnotherPerson, $"{person.Name} came back; another account was to sign in again."),
                who
            );
            return;
        }

        var granted = new ExternalPerson(person.Issuer, person.Subject, provider.Settings.Name, person.Name, rule.Role, rule.Scope);
        if (await accounts.SignInExternalAsync(granted, BrowserAddress.Of(http), http.RequestAborted) is not SignInResult.Welcome welcome)
        {
            await RefuseAsync(http, provider, properties, new(OidcReason.Disabled, $"The account of {person.Name} is disabled."), who);
            return;
        }

        if (properties.MustBe() is not null)
            await Session.EndForRenewalAsync(http, welcome.Account);
        var kept = new AuthenticationProperties();
        new ProviderSession(provider.Settings.Number, person.IdToken).Keep(kept);
        var session = await Session.BeginAsync(
            http,
            welcome.Account,
            person.Issuer,
            person.ProviderSession,
            kept,
            ProvedAt(person, properties)
        );
        signedOut.Clear(http);
        if (person.RefreshToken is { } token)
            refreshable.Keep(session.Id, new(provider.Settings.Number, welcome.Account.Id, person.Issuer, person.Subject, token));
        http.Response.Redirect(Session.LocalPath(to));
    }

    /// <summary>After a check that failed.</summary>
    public async Task FailedAsync(
        HttpContext http,
        OidcProvider provider,
        AuthenticationProperties? properties,
        OidcFault fault,
        Exception? failure
    )
    {
        // The address of an answer that was good is loaded once more, from the history or by a reload: its owner is in, and wants the page.
        if (properties is not null && OidcFailures.IsRepeated(failure) && (await http.AuthenticateAsync(Session.Scheme)).Succeeded)
        {
            http.Response.Redirect(
                properties.TrialId() is { } trial ? $"{TrialPage}?trial={trial}" : Session.LocalPath(properties.RedirectUri)
            );
            return;
        }

        var trace = http.Features.Get<SignInTrace>();
        if (failure is OidcRefusedException { Token: { } token })
            trace?.Signed(token);
        trace?.Refused(fault);
        await RefuseAsync(http, provider, properties, fault, "unknown");
    }

    /// <summary>The audit's line and the way back; a null fault is a trial that went well.</summary>
    public async Task RefuseAsync(
        HttpContext http,
        OidcProvider provider,
        AuthenticationProperties? properties,
        OidcFault? fault,
        string who
    )
    {
        if (properties?.TrialId() is { } trial)
        {
            var trace = http.Features.Get<SignInTrace>() ?? new();
            if (fault is not null && trace.Steps.All(step => step.Ok))
                trace.Refused(fault);
            trials.Finish(trial, trace);
            http.Response.Redirect($"{TrialPage}?trial={trial}");
            return;
        }

        ArgumentNullException.ThrowIfNull(fault);
        var code = OidcReasons.Code(fault.Reason);
        log.SignInRefused(provider.Settings.Name, code, fault.Detail);

        // Anybody can have a state from us and send it back without end; that must not fill the disk. A disabled account the store has
        // noted itself. A client that hangs up is noted, too.
        if (fault.Reason != OidcReason.Disabled && (http.Features.Get<VerifiedPerson>() is not null || limit.Take()))
            await audit.AddAsync(
                new()
                {
                    Actor = who,
                    From = BrowserAddress.Of(http),
                    Action = Action,
                    Target = provider.Settings.Name,
                    After = fault.Detail,
                    Result = code,
                },
                CancellationToken.None
            );
        var to = properties?.RedirectUri is { } back and not "/" ? "&to=" + Uri.EscapeDataString(Session.LocalPath(back)) : "";
        var person = http.Features.Get<VerifiedPerson>() is { } known
            ? "&who=" + refused.Keep(Refused(provider, known, http.Features.Get<SignInTrace>()?.Verdict))
            : "";
        http.Response.Redirect(
            string.Create(CultureInfo.InvariantCulture, $"/sign-in?refused={code}&provider={provider.Settings.Number}{to}{person}")
        );
    }

    private static RefusedPerson Refused(OidcProvider provider, VerifiedPerson person, RoleVerdict? verdict) =>
        new(
            provider.Settings.Number,
            person.Name,
            [.. (verdict?.Looks ?? []).DistinctBy(look => look.Rule.Claim).Select(look => (look.Rule.Claim.Name, look.Values))],
            person.IdToken
        );

    // A provider may not say it. After a sign-out here it was asked to let the person prove it, and that is all there is to know.
    private DateTime? ProvedAt(VerifiedPerson person, AuthenticationProperties properties) =>
        person.Claims.Moment("auth_time")?.UtcDateTime ?? (properties.IsAfterSignOut() ? time.GetUtcNow().UtcDateTime : null);

    private async Task<bool> IsAsync(long accountId, VerifiedPerson person, CancellationToken cancellationToken) =>
        await accounts.FindAsync(accountId, cancellationToken) is { } account
        && account.Provider == person.Issuer
        && account.Subject == person.Subject;

    private static async Task<JsonElement> WithUserInfoAsync(
        OidcProvider provider,
        ReceivedTokens tokens,
        SignInTrace trace,
        CancellationToken cancellationToken
    )
    {
        var metadata = await provider.Metadata.GetAsync(cancellationToken);
        if (
            string.IsNullOrEmpty(metadata.UserInfoEndpoint)
            || (!provider.Settings.Rules.Misses(tokens.Claims) && VerifiedPerson.HasName(tokens.Claims))
        )
        {
            trace.Done(
                "User information",
                string.IsNullOrEmpty(metadata.UserInfoEndpoint)
                    ? "The provider has none."
                    : "Not asked: the id_token says everything that the rules need."
            );
            return tokens.Claims;
        }

        var more = await provider.Calls.UserInfoAsync(metadata, tokens.AccessToken, tokens.Claims.Text("sub"), cancellationToken);
        trace.Done("User information", "Asked, and about the same person.");
        return TokenClaims.Merged(tokens.Claims, more);
    }
}

internal static partial class OidcSignInLog
{
    [LoggerMessage(3600, LogLevel.Warning, "A sign-in by {Provider} was refused ({Code}): {Detail}")]
    public static partial void SignInRefused(this ILogger log, string provider, string code, string detail);
}
