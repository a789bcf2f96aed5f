using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Microsoft.AspNetCore.Http.Features;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// The provider says, server to server, that somebody signed out there (OpenID Connect Back-Channel Logout 1.0). That person's sessions
/// here end immediately, open pages included. The signature of the message alone proves that the provider sent it.
/// </summary>
public sealed class BackChannelLogout(
    SessionStore sessions,
    AuditStore audit,
    SeenTokens seen,
    RefusalLimit limit,
    TimeProvider time,
    ILogger<BackChannelLogout> log
)
{
    private const int MaxBodyBytes = 128 * 1024;

    /// <summary>Answers one call: 200, or 400 with an error as the standard writes it.</summary>
    public async Task AnswerAsync(HttpContext context, OidcProvider provider)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await EndAsync(context, provider);
        }
        catch (OidcRefusedException exception)
        {
            var code = OidcReasons.Code(exception.Fault.Reason);
            log.LogoutRefused(provider.Settings.Name, code, exception.Fault.Detail);
            if (limit.Take())
                await audit.AddAsync(
                    new()
                    {
                        Actor = provider.Settings.Name,
                        From = BrowserAddress.Of(context),
                        Action = "session.logout",
                        Target = provider.Settings.Name,
                        After = exception.Fault.Detail,
                        Result = code,
                    },
                    CancellationToken.None
                );
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(
                new { error = "invalid_request", error_description = $"{code}: {OidcReasons.Sentence(exception.Fault.Reason)}" },
                context.RequestAborted
            );
        }
    }

    private async Task EndAsync(HttpContext context, OidcProvider provider)
    {
        var text = await TokenInAsync(context);
        var metadata = await provider.Metadata.GetAsync(context.RequestAborted);
        var token = await provider.Tokens.SignatureAsync(text, context.RequestAborted);
        if (LogoutTokenChecks.FirstFault(token, metadata.Issuer, provider.Settings.ClientId, time.GetUtcNow()) is { } fault)
            throw new OidcRefusedException(fault);
        if (!seen.IsNew(metadata.Issuer, token.Claims.Text("jti") ?? ""))
            throw new OidcRefusedException(OidcReason.WrongState, "This logout token was used before.");
        try
        {
            // A client that hangs up now has said it all the same.
            var ended = await sessions.EndOfProviderAsync(
                metadata.Issuer,
                token.Claims.Text("sub"),
                token.Claims.Text("sid"),
                provider.Settings.Name,
                BrowserAddress.Of(context),
                CancellationToken.None
            );
            log.LoggedOut(provider.Settings.Name, ended.Count);
        }
        catch
        {
            // A database that is away: the provider may say it again.
            seen.Forget(metadata.Issuer, token.Claims.Text("jti") ?? "");
            throw;
        }
    }

    private static async Task<string> TokenInAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
            throw new OidcRefusedException(OidcReason.BadToken, "The call has no form with a logout_token.");
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBodyBytes;
        try
        {
            var form = await context.Request.ReadFormAsync(new() { KeyLengthLimit = 256, ValueCountLimit = 16 }, context.RequestAborted);
            return form["logout_token"].ToString() is { Length: > 0 } text
                ? text
                : throw new OidcRefusedException(OidcReason.BadToken, "The form has no logout_token.");
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new OidcRefusedException(OidcReason.BadToken, "The form is too long, or cannot be read.", exception);
        }
    }
}

internal static partial class BackChannelLogoutLog
{
    [LoggerMessage(3610, LogLevel.Warning, "A logout by {Provider} was refused ({Code}): {Detail}")]
    public static partial void LogoutRefused(this ILogger log, string provider, string code, string detail);

    [LoggerMessage(3611, LogLevel.Information, "{Provider} ended {Sessions} sessions.")]
    public static partial void LoggedOut(this ILogger log, string provider, int sessions);
}
