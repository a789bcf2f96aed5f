using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Proxy.Items;
using Appliance.Web.Startup;

namespace Appliance.Web.Control;

/// <summary>
/// What the command line can ask about API tokens: of the running process, or in the command itself when none runs.
/// </summary>
internal sealed class TokensApi(ApiTokenStore tokens, PeopleStore people, TimeProvider time)
{
    // A user who may enter the data folder could read the database as well.
    private static readonly Actor _reader = Actor.Local("command line");

    /// <summary>All tokens, by name.</summary>
    public async Task<IReadOnlyList<TokenLine>> ListAsync(CancellationToken cancellationToken)
    {
        var disabled = (await people.ListAsync(_reader, cancellationToken)).Where(person => person.Disabled).Select(person => person.Id);
        var blocked = disabled.ToHashSet();
        var now = time.GetUtcNow().UtcDateTime;
        return
        [
            .. (await tokens.ListAsync(_reader, cancellationToken)).Select(token => new TokenLine(
                token.Name,
                token.Start,
                token.Scopes,
                token.CreatedBy,
                token.CreatedUtc,
                token.ExpiresUtc,
                token.LastUsedUtc,
                token.LastUsedFrom,
                token.HasExpired(now) ? "expired"
                    : token.AccountId is { } owner && blocked.Contains(owner) ? "blocked"
                    : "valid"
            )),
        ];
    }

    /// <summary>Makes one. Its text is in the answer, and nowhere else.</summary>
    public async Task<TokenAnswer> CreateAsync(TokenRequest request, CancellationToken cancellationToken)
    {
        if (!TokenScopeWords.TryParse(request.Scopes, out var scopes, out var fault))
            return new(ExitCodes.Problems, fault);
        TimeSpan? life = null;
        if (request.Expires is { } text)
        {
            if (!NginxTime.TryParse(text, out var span))
                return new(ExitCodes.Problems, $"\"{text}\" is not a time; write 90d or 12h.");
            life = span;
        }

        var result = await tokens.CreateAsync(request.Name, scopes, life, Actor.Local(request.Author), cancellationToken);
        return result switch
        {
            TokenResult.Created created => new(
                ExitCodes.Ok,
                $"Made token {created.Token.Name} ({created.Token.Scopes}). It is shown only now.",
                created.Text,
                created.Token.ExpiresUtc
            ),
            TokenResult.Refused refused => new(ExitCodes.Problems, refused.Reason),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>Revokes one.</summary>
    public async Task<TokenAnswer> RevokeAsync(TokenRevocation request, CancellationToken cancellationToken) =>
        await tokens.RevokeAsync(request.Name, Actor.Local(request.Author), cancellationToken) switch
        {
            TokenResult.Revoked revoked => new(ExitCodes.Ok, $"Revoked token {revoked.Token.Name}."),
            TokenResult.Refused refused => new(ExitCodes.Problems, refused.Reason),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
